import { duplexPair } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { encodeFrame, encodeHeadFrame, FRAME, type Frame, FrameReader } from '../../../src/host/link/frame.js'
import { PluginLink } from '../../../src/host/link/plugin-link.js'

const open: { destroy(): void }[] = []
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
})

function linkToStranger() {
  const [near, far] = duplexPair()
  open.push(near, far)
  return { link: new PluginLink(near), far }
}

function ask(link: PluginLink, body?: Buffer<ArrayBuffer>) {
  const heard: {
    statusCode?: number
    headers?: object
    bytes: number
    parts: number
    ended: boolean
    error?: Error
  } = {
    bytes: 0,
    parts: 0,
    ended: false,
  }
  const control = link.dispatch(
    { method: 'POST', path: '/', body },
    {
      onStart: (statusCode, headers) => Object.assign(heard, { statusCode, headers }),
      onData: (chunk) => {
        heard.bytes += chunk.byteLength
        heard.parts += 1
      },
      onEnd: () => {
        heard.ended = true
      },
      onError: (error) => {
        heard.error = error
      },
    },
  )
  return { heard, control }
}

describe('the link to a hostile plugin', () => {
  it('keeps a count of what the plugin leaves unread, also of requests that were given up', async () => {
    const { link } = linkToStranger()
    for (let request = 0; request < 40; request += 1) {
      ask(link, Buffer.alloc(50_000)).control.abort(new Error('gone'))
      await nextTurn()
    }
    expect(link.size).toBe(0)
    expect(link.backlog).toBeGreaterThan(1_800_000)
  })

  it('gives up an answer whose headers are longer than HTTP has them, and no other', async () => {
    const { link, far } = linkToStranger()
    const [first, second, third] = [ask(link), ask(link), ask(link)]
    far.write(encodeHeadFrame(FRAME.start, 1, [200, ['x', 'v'.repeat(20_000)]]))
    far.write(encodeHeadFrame(FRAME.answer, 2, [200, ['x', 'v'.repeat(20_000)]], Buffer.from('text')))
    far.write(encodeHeadFrame(FRAME.answer, 3, [200, ['x', 'v'.repeat(10_000)]], Buffer.from('text')))
    await vi.waitFor(() => expect(third.heard).toMatchObject({ statusCode: 200, bytes: 4, ended: true }))
    expect(first.heard.error?.name).toBe('HeadersOverflowError')
    expect(second.heard.error?.name).toBe('HeadersOverflowError')
    expect([link.isOpen, link.size]).toEqual([true, 0])
  })

  it('holds back few objects, however small the parts of an answer are', async () => {
    const { link, far } = linkToStranger()
    const { heard, control } = ask(link)
    control.pause()
    const parts = Array.from({ length: 20_000 }, () => encodeFrame(FRAME.data, 1, Buffer.of(1)))
    far.write(Buffer.concat([encodeHeadFrame(FRAME.start, 1, [200, []]), ...parts]))
    await nextTurn()
    await nextTurn()
    expect(heard.bytes).toBe(0)
    control.resume()
    expect(heard.bytes).toBe(20_000)
    expect(heard.parts).toBeLessThan(300)
    far.write(encodeFrame(FRAME.end, 1))
    await vi.waitFor(() => expect(heard.ended).toBe(true))
  })

  it('takes any frame in the smallest parts for little work', () => {
    const reader = new FrameReader()
    const concat = vi.spyOn(Buffer, 'concat')
    const payload = Buffer.alloc(100_000, 'payload')
    const bytes = encodeFrame(FRAME.data, 7, payload)
    const got: Frame[] = []
    for (let at = 0; at < bytes.byteLength; at += 1) got.push(...reader.read(bytes.subarray(at, at + 1)))
    expect(concat.mock.calls.length).toBeLessThan(20)
    concat.mockRestore()
    expect(got).toHaveLength(1)
    expect(got[0]?.payload.equals(payload)).toBe(true)
  })

  it.each([1, 8, 9, 10, 1_000, 65_537])('reads frames that come in parts of %i bytes', (size) => {
    const reader = new FrameReader()
    const payloads = [0, 1, 9, 70_000, 3, 200_000, 0].map((length, at) => Buffer.alloc(length, at + 1))
    const bytes = Buffer.concat(payloads.map((payload, id) => encodeFrame(FRAME.data, id, payload)))
    const got: Frame[] = []
    for (let at = 0; at < bytes.byteLength; at += size)
      got.push(...reader.read(bytes.subarray(at, at + size)))
    expect(got.map(({ id }) => id)).toEqual(payloads.map((_, id) => id))
    expect(got.every(({ payload }, at) => payload.equals(payloads[at] ?? Buffer.alloc(0)))).toBe(true)
  })

  it('takes headers that are named like parts of an object for headers, and cookies in any number', async () => {
    const { link, far } = linkToStranger()
    const { heard } = ask(link)
    const names = ['constructor', 'a', 'constructor', 'b', '__proto__', 'c']
    const cookies = Array.from({ length: 500 }, () => ['set-cookie', 'a']).flat()
    far.write(encodeHeadFrame(FRAME.answer, 1, [200, [...names, ...cookies]]))
    await vi.waitFor(() => expect(heard.ended).toBe(true))
    expect(Object.keys(heard.headers ?? {})).toEqual([
      'constructor',
      '__proto__',
      'set-cookie',
      'content-length',
    ])
    expect(heard.headers).toMatchObject({ constructor: 'a, b' })
  })

  it.each<[string, number, number, number]>([
    ['empty data', FRAME.data, 1, 0],
    ['data for nobody', FRAME.data, 4_000_000_000, 100],
    ['kinds that there are not', 99, 1, 100],
  ])('is ended by a flood of %s', async (_what, kind, id, bytes) => {
    const { link, far } = linkToStranger()
    const { heard } = ask(link)
    far.on('error', () => undefined)
    far.write(encodeHeadFrame(FRAME.start, 1, [200, []]))
    const flood = Buffer.concat(
      Array.from({ length: 1_000 }, () => encodeFrame(kind, id, Buffer.alloc(bytes))),
    )
    for (let round = 0; round < 5 && link.isOpen; round += 1) {
      far.write(flood)
      await nextTurn()
    }
    expect(link.isOpen).toBe(false)
    expect(heard.error?.message).toBe('The plugin sends what nobody asked for')
  })
})
