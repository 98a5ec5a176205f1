import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { PluginSocket } from '../../src/index.js'
import { createTestPlugin } from '../../src/testing/create-test-plugin.js'
import { jsonOf } from '../json-of.js'

describe('a WebSocket', () => {
  it('has its handlers called with who opened it, and what for', async () => {
    const plugin = createTestPlugin('sockets')
    const calls: unknown[] = []
    plugin.webSocket('/rooms/:room', {
      query: z.object({ since: z.coerce.number() }),
      protocols: ['v2', 'v1'],
      open: async (socket, { caller, params, query }) => {
        calls.push(['open', caller?.id, params.room, query.since, socket.protocol])
        await socket.send('welcome')
      },
      message: (_socket, data) => void calls.push(['message', data]),
      close: (socket, { code, reason }, { signal }) =>
        void calls.push(['close', code, reason, socket.isOpen, signal.aborted]),
    })
    const socket = await plugin.connect('/rooms/lobby', {
      query: { since: 5 },
      protocols: ['v1'],
      caller: { id: 'ann' },
    })
    socket.send('hello')
    socket.send(new Uint8Array([1]))
    socket.close(4000, 'done')
    await vi.waitFor(() => expect(calls).toHaveLength(4))
    expect(calls).toEqual([
      ['open', 'ann', 'lobby', 5, 'v1'],
      ['message', 'hello'],
      ['message', new Uint8Array([1])],
      ['close', 4000, 'done', false, true],
    ])
    expect([socket.received, socket.protocol]).toEqual([['welcome'], 'v1'])
  })

  it('handles one message after the other, in order', async () => {
    const plugin = createTestPlugin('ordered')
    const order: string[] = []
    const waiting: (() => void)[] = []
    plugin.webSocket('/', {
      message: async (_socket, data) => {
        order.push(`begin ${data}`)
        await new Promise<void>((resolve) => waiting.push(resolve))
        order.push(`end ${data}`)
      },
    })
    const socket = await plugin.connect('/')
    socket.send('1')
    socket.send('2')
    for (const count of [1, 2]) {
      await vi.waitFor(() => expect(waiting).toHaveLength(count))
      waiting[count - 1]?.()
    }
    await vi.waitFor(() => expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']))
  })

  it('is closed with 1011 when a handler fails, with the error in the log', async () => {
    const plugin = createTestPlugin('failing')
    plugin.webSocket('/live', {
      message: () => {
        throw new Error('it broke')
      },
    })
    const socket = await plugin.connect('/live')
    socket.send('x')
    await vi.waitFor(() => expect(socket.closed?.code).toBe(1011))
    expect(plugin.logger.getLogs({ level: 'error' })).toMatchObject([
      { message: 'WebSocket /live failed', error: { message: 'it broke' } },
    ])
  })

  it('is closed with 1012 when the plugin is disabled or stops, and opens no more', async () => {
    const plugin = createTestPlugin('resting')
    let opened: PluginSocket | undefined
    plugin.webSocket('/live', {
      open: (socket) => {
        opened = socket
      },
    })
    const socket = await plugin.connect('/live')
    await plugin.disable()
    expect(socket.closed?.code).toBe(1012)
    await expect(opened?.send('late')).rejects.toMatchObject({ code: 'socket_closed' })
    await expect(plugin.connect('/live')).rejects.toMatchObject({
      code: 'socket_refused',
      message: expect.stringContaining('503'),
    })
    await plugin.enable()
    const another = await plugin.connect('/live')
    await plugin.stop()
    expect(another.closed?.code).toBe(1012)
  })

  it('is refused like a route: 404, 422, and 426 for a request that asks for none', async () => {
    const plugin = createTestPlugin('refusing')
    const undo = plugin.webSocket('/live', { query: z.object({ since: z.iso.date() }) })
    await expect(plugin.connect('/live')).rejects.toThrow(/422.*since/)
    const answer = await plugin.request('/live?since=2026-01-27')
    expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket'])
    undo()
    await expect(plugin.connect('/live')).rejects.toThrow(/404/)
  })

  it('is a GET route for the platform and in the documents, with a name of its own', async () => {
    const plugin = createTestPlugin('listed')
    plugin.webSocket('/live', { auth: 'none', summary: 'Readings as they come' })
    plugin.webSocket('/named', { name: 'feed' })
    expect(plugin.getRegistrations().routes).toEqual([
      { path: '/live', methods: ['GET'], handler: 'socketLive', auth: 'none' },
      { path: '/named', methods: ['GET'], handler: 'feed', auth: 'required' },
    ])
    expect(plugin.getManifest().routes).toHaveLength(2)
    const { paths } = await jsonOf<{
      paths: Record<string, { get: { responses: object } }>
    }>(await plugin.request('/openapi.json'))
    expect(Object.keys(paths['/plugins/listed/live']?.get.responses ?? {})).toEqual(['101', '426'])
    expect(() => plugin.route('/live', {}, () => 1)).toThrow(/registered twice/)
    expect(() => plugin.webSocket('/x', { maxMessageBytes: 0 })).toThrow(/whole number/)
  })
})
