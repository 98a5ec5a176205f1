import { randomBytes } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'

/** The most that the head of a frame has: two bytes, a length of eight, a mask of four. */
const LONGEST_HEAD = 14
const MASKED = 0x80
const CLOSE_FRAME = 0x88
/** Bytes of a close frame's text, so that its length needs no more than one byte. */
const LONGEST_REASON = 123

/**
 * One direction of a WebSocket: passes bytes on as they come, and follows where frames (RFC 6455) begin, because only
 * there can another one be put in.
 */
export class WebSocketFrames extends Transform {
  readonly #isMasked: boolean
  readonly #head = Buffer.alloc(LONGEST_HEAD)
  /** Bytes of the head that have come, and of the rest of the frame that have not. */
  #headBytes = 0
  #missing = 0
  #farewell: Buffer | undefined
  #isOver = false

  /** @param from Who sends: what a client sends is masked. */
  constructor(from: 'client' | 'server') {
    super()
    this.#isMasked = from === 'client'
  }

  /** Ends it with a close frame as soon as the frame under way is complete; nothing is passed on after that. */
  closeWith(code: number, reason: string): void {
    this.#farewell ??= closeFrame(code, reason, this.#isMasked)
    if (this.#isBetweenFrames) this.#finish(this.#farewell)
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (!this.#isOver) this.#passOn(chunk)
    done()
  }

  #passOn(chunk: Buffer): void {
    let at = 0
    while (at < chunk.byteLength && !(this.#farewell && this.#isBetweenFrames))
      at += this.#follow(chunk.subarray(at))
    this.push(chunk.subarray(0, at))
    if (this.#farewell && this.#isBetweenFrames) this.#finish(this.#farewell)
  }

  get #isBetweenFrames(): boolean {
    return this.#missing === 0 && this.#headBytes === 0
  }

  #finish(farewell: Buffer): void {
    if (this.#isOver) return
    this.#isOver = true
    this.push(farewell)
    this.push(null)
  }

  /** Returns how many bytes it followed: the next one of a head, or what there is of the rest. */
  #follow(bytes: Buffer): number {
    if (this.#missing > 0) {
      const count = Math.min(this.#missing, bytes.byteLength)
      this.#missing -= count
      return count
    }
    this.#head[this.#headBytes] = bytes[0] ?? 0
    this.#headBytes += 1
    if (this.#headBytes === headLength(this.#head, this.#headBytes)) {
      this.#missing = payloadLength(this.#head)
      this.#headBytes = 0
    }
    return 1
  }
}

function headLength(head: Buffer, known: number): number {
  if (known < 2) return 2
  const second = head.readUInt8(1)
  const length = second & ~MASKED
  return 2 + (length === 127 ? 8 : length === 126 ? 2 : 0) + (second & MASKED ? 4 : 0)
}

function payloadLength(head: Buffer): number {
  const length = head.readUInt8(1) & ~MASKED
  if (length === 127) return Number(head.readBigUInt64BE(2))
  return length === 126 ? head.readUInt16BE(2) : length
}

function closeFrame(code: number, reason: string, isMasked: boolean): Buffer {
  const text = Buffer.from(reason).subarray(0, LONGEST_REASON)
  const payload = Buffer.alloc(2 + text.byteLength)
  payload.writeUInt16BE(code)
  text.copy(payload, 2)
  if (!isMasked) return Buffer.concat([Buffer.from([CLOSE_FRAME, payload.byteLength]), payload])
  const mask = randomBytes(4)
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return Buffer.concat([Buffer.from([CLOSE_FRAME, MASKED | payload.byteLength]), mask, masked])
}
