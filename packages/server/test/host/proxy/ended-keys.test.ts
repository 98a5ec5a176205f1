import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { startTestPlatform, type TestPlatform } from '../test-platform.js'
import { socketPlugin } from './web-socket-plugin.js'

/** Answers that go on for ever. */
const endless = {
  id: 'endless',
  code: `
    plugin.route('/ticks/:name', { methods: ['GET'] }, () => {
      let timer
      return new Response(new ReadableStream({
        start: (controller) => { timer = setInterval(() => controller.enqueue(new TextEncoder().encode('tick ')), 20) },
        cancel: () => clearInterval(timer),
      }))
    })`,
}

let platform: TestPlatform
const patience = { timeout: 15_000, interval: 20 }

beforeAll(async () => {
  platform = await startTestPlatform()
  await platform.run(socketPlugin)
  await platform.run(endless)
  await platform.api('POST', '/users', { id: 'ada', email: 'ada@example.com', role: 'operator' })
})
afterAll(() => platform.close())

const newKey = (more: object = {}) =>
  platform.api<{ id: string; key: string }>('POST', '/api-keys', { name: 'k', role: 'operator', ...more })
const revoke = (id: string) => platform.api('DELETE', `/api-keys/${id}`)
const seen = () => platform.route<string[]>('GET', '/plugins/sockets/seen')

async function openSocket(key: string, path = '/echo/a') {
  const url = `${platform.server.url.replace('http', 'ws')}/plugins/sockets${path}`
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${key}` } })
  let received = 0
  socket.on('message', () => {
    received += 1
  })
  const closed = once(socket, 'close').then(([code, reason]) => [Number(code), String(reason)])
  await once(socket, 'open')
  return { socket, closed, received: () => received }
}

describe('a WebSocket', () => {
  it('is closed with 1008 when its key is revoked, and the plugin is told so; others stay', async () => {
    const [ended, other] = [await newKey(), await newKey()]
    const first = await openSocket(ended.key, '/echo/ended')
    const second = await openSocket(other.key, '/echo/other')
    await vi.waitFor(() => expect([first.received(), second.received()]).toEqual([1, 1]), patience)
    const start = performance.now()
    await revoke(ended.id)
    expect(await first.closed).toEqual([1008, 'The key is no longer valid'])
    expect(performance.now() - start).toBeLessThan(1_000)
    await vi.waitFor(async () => expect(await seen()).toContain('ended closed 1008'), patience)
    second.socket.send('still here')
    await vi.waitFor(() => expect(second.received()).toBe(2), patience)
    second.socket.close()
  })

  it('is closed with 1008 when its user is deactivated', async () => {
    const { key } = await newKey({ user_id: 'ada' })
    const { closed } = await openSocket(key)
    await platform.api('PATCH', '/users/ada', { status: 'inactive' })
    expect((await closed)[0]).toBe(1008)
    await platform.api('PATCH', '/users/ada', { status: 'active' })
  })

  it('is closed with 1008 when its key expires', async () => {
    const { key } = await newKey({ expires_in: 1_500 })
    const { closed } = await openSocket(key)
    expect((await closed)[0]).toBe(1008)
  })

  it('is cut when its caller does not even read that', async () => {
    const { id, key } = await newKey()
    const { socket } = await openSocket(key, '/firehose')
    socket.pause()
    await vi.waitFor(async () => expect(Number((await seen())[0])).toBeGreaterThan(0), patience)
    const metrics = async () => {
      const answer = await fetch(`${platform.server.url}/metrics`, {
        headers: { authorization: 'Bearer test-admin-key' },
      })
      return answer.text()
    }
    expect(await metrics()).toMatch(/^ops_center_plugin_websockets_open\S*"sockets"\S* 1$/m)
    await revoke(id)
    await vi.waitFor(
      async () => expect(await metrics()).toMatch(/^ops_center_plugin_websockets_open\S*"sockets"\S* 0$/m),
      patience,
    )
    socket.terminate()
  })
})

describe('a log that is followed', () => {
  it('ends when its key is revoked', async () => {
    const { id, key } = await newKey()
    const response = await fetch(`${platform.server.url}/api/v1/plugins/sockets/logs?follow=true`, {
      headers: { authorization: `Bearer ${key}` },
    })
    expect(response.status).toBe(200)
    const read = response.text()
    const start = performance.now()
    await revoke(id)
    await read
    expect(performance.now() - start).toBeLessThan(1_000)
  })
})

describe('an answer of a plugin that goes on', () => {
  it.each([
    ['straight from connection to connection', 'clock'],
    ['through the app', 'of%20a%20clock'],
  ])('is cut when its key is revoked, %s', async (_way, name) => {
    const { id, key } = await newKey()
    const response = await fetch(`${platform.server.url}/plugins/endless/ticks/${name}`, {
      headers: { authorization: `Bearer ${key}` },
    })
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('tick')
    const start = performance.now()
    await revoke(id)
    await expect(
      (async () => {
        while (!(await reader?.read())?.done);
      })(),
    ).rejects.toThrow('terminated')
    expect(performance.now() - start).toBeLessThan(1_000)
  })
})
