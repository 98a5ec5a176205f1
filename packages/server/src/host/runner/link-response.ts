import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http'
import { encodeFrame, encodeHeadFrame, FRAME, PART_BYTES, WINDOW_BYTES } from '../link/frame.js'

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[]
type Written = (error?: Error | null) => void

/** Answers one request of the link as if it had come by HTTP; whoever writes it knows no difference. */
export class LinkResponse extends ServerResponse<IncomingMessage> {
  readonly #id: number
  readonly #send: (frame: Buffer) => void
  readonly #onOver: () => void
  #head: [number, string[]] | undefined
  #isStarted = false
  #isOver = false
  /** Bytes on their way that the host did not take yet. */
  #ahead = 0
  #queue: Uint8Array[] = []

  constructor(incoming: IncomingMessage, id: number, send: (frame: Buffer) => void, onOver: () => void) {
    super(incoming)
    this.#id = id
    this.#send = send
    this.#onOver = onOver
  }

  override writeHead(statusCode: number, reason?: string | Headers, headers?: Headers): this {
    this.statusCode = statusCode
    const given = typeof reason === 'string' ? headers : reason
    this.#head = [statusCode, flat(this.getHeaders(), given)]
    return this
  }

  override flushHeaders(): void {
    this.#start()
  }

  override write(chunk: unknown, encoding?: BufferEncoding | Written, done?: Written): boolean {
    this.#start()
    this.#queue.push(bytesOf(chunk, encoding))
    this.#pump()
    const written = typeof encoding === 'function' ? encoding : done
    if (written) process.nextTick(written)
    return this.#queue.length === 0 && this.#ahead < WINDOW_BYTES
  }

  override end(chunk?: unknown, encoding?: BufferEncoding | (() => void), done?: () => void): this {
    if (this.finished) return this
    const isGiven = chunk !== undefined && chunk !== null && typeof chunk !== 'function'
    const body = isGiven ? bytesOf(chunk, encoding) : undefined
    this.finished = true
    const finished = [chunk, encoding, done].find((one) => typeof one === 'function')
    if (finished) this.once('finish', () => finished())
    if (!this.#isStarted && (body === undefined || body.byteLength <= PART_BYTES)) {
      this.#isStarted = true
      this.#send(encodeHeadFrame(FRAME.answer, this.#id, this.#head ?? this.#implied(), body))
      this.#finish()
      return this
    }
    this.#start()
    if (body) this.#queue.push(body)
    this.#pump()
    return this
  }

  /** The host took so many bytes. */
  credit(bytes: number): void {
    const wasFull = this.#queue.length > 0 || this.#ahead >= WINDOW_BYTES
    this.#ahead = Math.max(0, this.#ahead - bytes)
    this.#pump()
    if (wasFull && !this.finished && this.#queue.length === 0 && this.#ahead < WINDOW_BYTES)
      this.emit('drain')
  }

  override destroy(error?: Error): this {
    if (this.#isOver) return this
    if (!this.destroyed) this.#send(encodeFrame(FRAME.broken, this.#id))
    this.#leave(error)
    return this
  }

  /** Nobody waits for it any more. */
  cancelled(): void {
    this.#leave()
  }

  #leave(error?: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.destroyed = true
    this.#queue = []
    this.#onOver()
    if (error && this.listenerCount('error') > 0) this.emit('error', error)
    this.emit('close')
  }

  #implied(): [number, string[]] {
    return [this.statusCode, flat(this.getHeaders(), undefined)]
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#head ??= this.#implied()
    this.#send(encodeHeadFrame(FRAME.start, this.#id, this.#head))
  }

  #pump(): void {
    if (this.#isOver) return
    for (let chunk = this.#queue[0]; chunk; chunk = this.#queue[0]) {
      const room = Math.min(PART_BYTES, WINDOW_BYTES - this.#ahead)
      if (room <= 0) return
      const part = chunk.subarray(0, room)
      this.#send(encodeFrame(FRAME.data, this.#id, part))
      this.#ahead += part.byteLength
      if (part.byteLength === chunk.byteLength) this.#queue.shift()
      else this.#queue[0] = chunk.subarray(room)
    }
    if (!this.finished) return
    this.#send(encodeFrame(FRAME.end, this.#id))
    this.#finish()
  }

  #finish(): void {
    this.#isOver = true
    this.#onOver()
    this.emit('finish')
    this.emit('close')
  }
}

function bytesOf(chunk: unknown, encoding: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  const isNamed = typeof encoding === 'string' && Buffer.isEncoding(encoding)
  return Buffer.from(String(chunk), isNamed ? encoding : 'utf8')
}

function flat(set: OutgoingHttpHeaders, given: Headers | undefined): string[] {
  const list: string[] = []
  const add = (name: string, value: OutgoingHttpHeader | undefined) => {
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) list.push(name, String(one))
  }
  if (Array.isArray(given)) {
    for (let at = 0; at < given.length; at += 2) add(String(given[at]), given[at + 1])
    return list
  }
  for (const name in set) if (given?.[name] === undefined) add(name, set[name])
  for (const name in given) add(name, given[name])
  return list
}
