import { duplexPair } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { encodeFrame, encodeHeadFrame, FRAME, WINDOW_BYTES } from '../../../src/host/link/frame.js'
import { PluginLink } from '../../../src/host/link/plugin-link.js'

/** The host's end, and a plugin at the other that says whatever it likes. */
function linkToStranger() {
  const [near, far] = duplexPair()
  near.on('error', () => undefined)
  far.on('error', () => undefined)
  far.resume()
  const link = new PluginLink(near)
  const heard: string[] = []
  const control = link.dispatch(
    { method: 'GET', path: '/' },
    {
      onStart: (status, headers) => heard.push(`start ${status} ${JSON.stringify(headers)}`),
      onData: (chunk) => heard.push(`data ${chunk.byteLength}`),
      onEnd: () => heard.push('end'),
      onError: (error) => heard.push(`error ${error.message}`),
    },
  )
  return { link, far, heard, control }
}

/** The first request of a link. */
const ID = 1
const start = (headers: unknown = [], status: unknown = 200) =>
  encodeHeadFrame(FRAME.start, ID, [status, headers])
const data = (bytes: number) => encodeFrame(FRAME.data, ID, Buffer.alloc(bytes))
const end = encodeFrame(FRAME.end, ID)
const tooLarge = Buffer.alloc(9)
tooLarge.writeUInt32LE(0xff_ff_ff_ff)

describe('the link to a plugin', () => {
  const open: { destroy(): void }[] = []
  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy()
  })

  it('passes on what keeps to the rules, whole or in parts', async () => {
    const { far, heard } = linkToStranger()
    open.push(far)
    const frames = Buffer.concat([
      start(['X-Name', 'a', 'x-name', 'b', 'transfer-encoding', 'chunked']),
      data(3),
      data(4),
      end,
    ])
    for (const byte of frames) far.write(Buffer.of(byte))
    await vi.waitFor(() => expect(heard.at(-1)).toBe('end'))
    expect(heard).toEqual(['start 200 {"x-name":"a, b"}', 'data 3', 'data 4', 'end'])
  })

  it.each<[string, Buffer[]]>([
    ['a frame of four gigabytes', [tooLarge]],
    ['a head longer than its frame', [encodeFrame(FRAME.start, ID, Buffer.from('ffffff7f00', 'hex'))]],
    ['a head that is not JSON', [encodeFrame(FRAME.start, ID, Buffer.from('02000000{]'))]],
    ['a head that is no list', [encodeHeadFrame(FRAME.start, ID, { status: 200 })]],
    ['no status', [start([], 'ok')]],
    ['a status that would change the protocol', [start([], 101)]],
    ['a status that is none', [start([], 1_000)]],
    ['headers that are no list', [start({ a: 'b' })]],
    ['a header with a line break', [start(['x', 'a\r\nset-cookie: session=stolen'])]],
    ['a header whose name has a line break', [start(['x\r\ny', 'a'])]],
    ['a header that is no text', [start(['x', 1])]],
    ['a length that is none', [start(['content-length', '-1'])]],
    ['two lengths', [start(['content-length', '1', 'content-length', '2'])]],
    ['data before its start', [data(1)]],
    ['an end before its start', [end]],
    ['two starts', [start(), start()]],
    ['more than it may send ahead', [start(), ...Array.from({ length: 6 }, () => data(WINDOW_BYTES / 4))]],
  ])('ends when the plugin sends %s', async (_what, frames) => {
    const { link, far, heard, control } = linkToStranger()
    open.push(far)
    control.pause()
    for (const frame of frames) far.write(frame)
    await vi.waitFor(() => expect(heard.at(-1)).toMatch(/^error/))
    expect(link.isOpen).toBe(false)
    expect(link.size).toBe(0)
  })

  it.each<[string, Buffer[], string]>([
    ['longer', [start(['content-length', '2']), data(3), end], 'The answer is longer than it stated'],
    ['shorter', [start(['content-length', '2']), data(1), end], 'The answer is shorter than it stated'],
  ])('breaks an answer off that is %s than it stated', async (_what, frames, message) => {
    const { link, far, heard } = linkToStranger()
    open.push(far)
    for (const frame of frames) far.write(frame)
    await vi.waitFor(() => expect(heard.at(-1)).toBe(`error ${message}`))
    expect(link.isOpen).toBe(true)
  })

  it('takes no notice of answers to nothing, of kinds it does not know, and of what comes after the end', async () => {
    const { link, far, heard } = linkToStranger()
    open.push(far)
    const [unasked, unknown] = [encodeFrame(FRAME.end, 77), encodeFrame(99, ID)]
    for (const frame of [unasked, unknown, start(), end, data(1), end]) far.write(frame)
    await vi.waitFor(() => expect(heard).toContain('end'))
    expect(heard).toEqual(['start 200 {}', 'end'])
    expect(link.isOpen).toBe(true)
  })

  it('tells everybody who waits when the plugin is gone', async () => {
    const { link, far, heard } = linkToStranger()
    far.end()
    await vi.waitFor(() => expect(heard).toHaveLength(1))
    expect(heard[0]).toMatch(/^error/)
    expect(link.isOpen).toBe(false)
  })
})
