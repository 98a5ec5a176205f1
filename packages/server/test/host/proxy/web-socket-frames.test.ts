import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { WebSocketFrames } from '../../../src/host/proxy/web-socket-frames.js'

/** A frame with a payload of so many bytes. */
function frame(length: number, mask?: Buffer): Buffer {
  const bit = mask ? 0x80 : 0
  const head =
    length < 126
      ? Buffer.from([0x82, bit | length])
      : length < 65_536
        ? Buffer.from([0x82, bit | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([0x82, bit | 127]), bigLength(length)])
  return Buffer.concat([head, mask ?? Buffer.alloc(0), randomBytes(length)])
}

function bigLength(length: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(length))
  return bytes
}

/** What comes out of frames that are closed after so many bytes. */
async function passed(
  from: 'client' | 'server',
  bytes: Buffer,
  { chunk, closeAfter }: { chunk: number; closeAfter: number },
): Promise<Buffer> {
  const frames = new WebSocketFrames(from)
  const out: Buffer[] = []
  const ended = new Promise((resolve) => frames.on('data', (data) => out.push(data)).once('end', resolve))
  for (let at = 0; at < bytes.byteLength; at += chunk) {
    if (at >= closeAfter) frames.closeWith(1008, 'over')
    frames.write(bytes.subarray(at, at + chunk))
  }
  frames.closeWith(1008, 'over')
  frames.end()
  await ended
  return Buffer.concat(out)
}

const FAREWELL = Buffer.concat([Buffer.from([0x88, 6, 1008 >> 8, 1008 & 255]), Buffer.from('over')])
const mask = Buffer.from([1, 2, 3, 4])

describe('one direction of a WebSocket', () => {
  it.each([1, 3, 7, 100, 1_000_000])(
    'passes whole frames on and then says why it ends (chunks of %d bytes)',
    async (chunk) => {
      const sent = [frame(0), frame(5), frame(125), frame(126), frame(70_000)]
      const bytes = Buffer.concat(sent)
      expect(await passed('server', bytes, { chunk, closeAfter: bytes.byteLength })).toEqual(
        Buffer.concat([bytes, FAREWELL]),
      )
    },
  )

  it('ends only between two frames, wherever it is asked to', async () => {
    const sent = [frame(3), frame(0), frame(130)]
    const bytes = Buffer.concat(sent)
    let end = 0
    const ends = [0, ...sent.map(({ byteLength }) => (end += byteLength))]
    for (let closeAfter = 0; closeAfter <= bytes.byteLength; closeAfter += 1) {
      const until = ends.find((at) => at >= closeAfter)
      expect(await passed('server', bytes, { chunk: 1, closeAfter }), String(closeAfter)).toEqual(
        Buffer.concat([bytes.subarray(0, until), FAREWELL]),
      )
    }
  })

  it('masks what it says in the place of a client', async () => {
    const bytes = Buffer.concat([frame(2, mask), frame(300, mask)])
    const out = await passed('client', bytes, { chunk: 5, closeAfter: bytes.byteLength })
    expect(out.subarray(0, bytes.byteLength)).toEqual(bytes)
    const farewell = out.subarray(bytes.byteLength)
    expect([farewell[0], farewell[1]]).toEqual([0x88, 0x80 | 6])
    const key = farewell.subarray(2, 6)
    const payload = farewell.subarray(6).map((byte, index) => byte ^ (key[index % 4] ?? 0))
    expect(Buffer.from(payload)).toEqual(FAREWELL.subarray(2))
  })
})
