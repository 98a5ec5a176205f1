import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHead, encodeFrame, encodeHeadFrame, FRAME, FrameReader } from '../../../src/host/link/frame.js'

describe('frames', () => {
  it('are found again, however the connection cut them', () => {
    const frames = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 8 }), fc.nat(), fc.uint8Array({ maxLength: 40 })),
    )
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 30 })), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(([kind, id, payload]) => encodeFrame(kind, id, payload)))
        const reader = new FrameReader()
        const found: unknown[] = []
        let at = 0
        for (const cut of [...cuts, bytes.byteLength]) {
          for (const { kind, id, payload } of reader.read(bytes.subarray(at, at + cut)))
            found.push([kind, id, Uint8Array.from(payload)])
          at += cut
        }
        expect(found).toEqual(sent)
      }),
    )
  })

  it('bring a head with any text in it, and the bytes behind it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array(), (text, body) => {
        const [frame] = new FrameReader().read(encodeHeadFrame(FRAME.request, 3, ['GET', text], body))
        const decoded = decodeHead(frame ?? { kind: 0, id: 0, payload: Buffer.alloc(0) })
        expect(decoded.head).toEqual(['GET', text])
        expect(Uint8Array.from(decoded.body)).toEqual(body)
      }),
    )
  })
})
