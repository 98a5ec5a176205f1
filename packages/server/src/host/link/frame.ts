/*
 * The link: one connection on which host and plugin have many requests at a time, in frames. It carries what HTTP
 * on the same socket would carry, at less than half the cost: nothing is parsed twice, and what is due at the same
 * time shares one write.
 *
 *   4 bytes  length of the payload, little-endian
 *   4 bytes  which request
 *   1 byte   what it is
 *   payload
 */

/** The name under which a plugin's process offers the link, by an HTTP upgrade. */
export const LINK_PROTOCOL = 'ops-link'

/** What a frame is. The first three come from the host. */
export const FRAME = {
  /** A head (method, path, headers) and the body. */
  request: 1,
  /** Nobody waits for the answer any more. */
  cancel: 2,
  /** So many more bytes may be sent of an answer. */
  credit: 3,
  /** A head (status, headers) and the whole body. */
  answer: 4,
  /** A head, and data to follow. */
  start: 5,
  data: 6,
  end: 7,
  /** The answer broke off. */
  broken: 8,
} as const

/** Bytes of an answer that may be on their way without the host having asked for more. */
export const WINDOW_BYTES = 262_144
/** The most that one frame brings of a body. */
export const PART_BYTES = 65_536
/** A body and its headers. */
const MAX_PAYLOAD_BYTES = 1_048_576

const PREFIX_BYTES = 9
const HEAD_PREFIX_BYTES = 4
const NOTHING = Buffer.alloc(0)

export interface Frame {
  kind: number
  id: number
  payload: Buffer
}

export function encodeFrame(kind: number, id: number, payload: Uint8Array = NOTHING): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + payload.byteLength)
  writePrefix(frame, kind, id, payload.byteLength)
  frame.set(payload, PREFIX_BYTES)
  return frame
}

/** A frame that begins with a head, as JSON, and goes on with a body. */
export function encodeHeadFrame(kind: number, id: number, head: unknown, body: Uint8Array = NOTHING): Buffer {
  const text = JSON.stringify(head)
  const headBytes = Buffer.byteLength(text)
  const length = HEAD_PREFIX_BYTES + headBytes + body.byteLength
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + length)
  writePrefix(frame, kind, id, length)
  frame.writeUInt32LE(headBytes, PREFIX_BYTES)
  frame.write(text, PREFIX_BYTES + HEAD_PREFIX_BYTES)
  frame.set(body, PREFIX_BYTES + HEAD_PREFIX_BYTES + headBytes)
  return frame
}

/** @throws Error for a payload that is none of these. */
export function decodeHead({ payload }: Frame): { head: unknown; body: Buffer } {
  const end = HEAD_PREFIX_BYTES + payload.readUInt32LE(0)
  if (end > payload.byteLength) throw new RangeError('A head is longer than its frame')
  return { head: JSON.parse(payload.toString('utf8', HEAD_PREFIX_BYTES, end)), body: payload.subarray(end) }
}

export function encodeCredit(id: number, bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4)
  payload.writeUInt32LE(bytes)
  return encodeFrame(FRAME.credit, id, payload)
}

export function decodeCredit({ payload }: Frame): number {
  return payload.readUInt32LE(0)
}

/** Finds the frames in what a connection brings, however it was cut. */
export class FrameReader {
  /** Less than tells how long the frame is. */
  #rest: Buffer | undefined
  /** A frame of which the end is still to come: it is copied once, however small the parts. */
  #partial: { bytes: Buffer; filled: number } | undefined;

  /** @throws RangeError when a frame claims to be larger than any may be. */
  *read(chunk: Buffer): Generator<Frame, void, undefined> {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#rest = undefined
    if (this.#partial) {
      const { bytes: frame, filled } = this.#partial
      const taken = chunk.copy(frame, filled)
      this.#partial.filled += taken
      if (this.#partial.filled < frame.byteLength) return
      this.#partial = undefined
      yield frameIn(frame, 0, frame.byteLength)
      bytes = chunk.subarray(taken)
    }
    let at = 0
    while (bytes.byteLength - at >= PREFIX_BYTES) {
      const length = bytes.readUInt32LE(at)
      if (length > MAX_PAYLOAD_BYTES) throw new RangeError(`A frame of ${length} bytes`)
      const end = at + PREFIX_BYTES + length
      if (end > bytes.byteLength) {
        const partial = Buffer.allocUnsafe(end - at)
        this.#partial = { bytes: partial, filled: bytes.copy(partial, 0, at) }
        return
      }
      const frame = frameIn(bytes, at, end)
      at = end
      yield frame
    }
    if (at < bytes.byteLength) this.#rest = bytes.subarray(at)
  }
}

function frameIn(bytes: Buffer, at: number, end: number): Frame {
  return {
    kind: bytes.readUInt8(at + 8),
    id: bytes.readUInt32LE(at + 4),
    payload: bytes.subarray(at + PREFIX_BYTES, end),
  }
}

function writePrefix(frame: Buffer, kind: number, id: number, length: number): void {
  frame.writeUInt32LE(length, 0)
  frame.writeUInt32LE(id, 4)
  frame.writeUInt8(kind, 8)
}
