import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http'
import { encodeFrame, encodeHeadFrame, FRAME, PART_BYTES, WINDOW_BYTES } from '../link/frame.js'
import { hasContent } from '../proxy/plugin-content.js'

type Head = [status: number, headers: string[]]
type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[]
type Written = (error?: Error | null) => void

/** Answers one request of the link as if it had come by HTTP; whoever writes it knows no difference. */
export class LinkResponse extends ServerResponse<IncomingMessage> {
  readonly #id: number
  readonly #send: (frame: Buffer) => void
  readonly #onOver: () => void
  #head: Head | undefined
  #isStarted = false
  #isOver = false
  /** Bytes on their way that the host did not take yet. */
  #ahead = 0
  #queue: Uint8Array[] = []

  static {
    // Node keeps it as a property, which stays false without a connection.
    Object.defineProperty(LinkResponse.prototype, 'headersSent', {
      get(this: LinkResponse) {
        return this.#head !== undefined || this.#isStarted
      },
    })
  }

  constructor(incoming: IncomingMessage, id: number, send: (frame: Buffer) => void, onOver: () => void) {
    super(incoming)
    this.#id = id
    this.#send = send
    this.#onOver = onOver
  }

  override writeHead(statusCode: number, reason?: string | Headers, headers?: Headers): this {
    if (this.headersSent) throw refusal('ERR_HTTP_HEADERS_SENT', 'The headers are sent already')
    this.statusCode = statusCode
    try {
      addHeaders(this, typeof reason === 'string' ? headers : reason)
      this.#head = headOf(this)
    } catch (error) {
      // Whoever hears of it answers with an error instead, without the header that is none.
      for (const name of this.getHeaderNames()) this.removeHeader(name)
      throw error
    }
    return this
  }

  override flushHeaders(): void {
    this.#start()
  }

  override write(chunk: unknown, encoding?: BufferEncoding | Written, done?: Written): boolean {
    const bytes = bytesOf(chunk, encoding)
    const written = typeof encoding === 'function' ? encoding : done
    if (this.#isOver || this.finished) {
      if (written) process.nextTick(written, refusal('ERR_STREAM_DESTROYED', 'The answer is over'))
      return false
    }
    this.#start()
    if (this.#hasContent && bytes.byteLength > 0) this.#queue.push(bytes)
    this.#pump()
    if (written) process.nextTick(written)
    return this.#queue.length === 0 && this.#ahead < WINDOW_BYTES
  }

  override end(chunk?: unknown, encoding?: BufferEncoding | (() => void), done?: () => void): this {
    if (this.finished || this.#isOver) return this
    const isGiven = chunk !== undefined && chunk !== null && typeof chunk !== 'function'
    const given = isGiven ? bytesOf(chunk, encoding) : undefined
    this.#head ??= headOf(this)
    const body = this.#hasContent ? given : undefined
    this.finished = true
    const finished = [chunk, encoding, done].find((one) => typeof one === 'function')
    if (finished) this.once('finish', () => finished())
    if (!this.#isStarted && (body === undefined || body.byteLength <= PART_BYTES)) {
      this.#isStarted = true
      this.#send(encodeHeadFrame(FRAME.answer, this.#id, this.#head, body))
      this.#finish()
      return this
    }
    if (body && !this.#isStarted) addLength(this.#head, body.byteLength)
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

  get #hasContent(): boolean {
    return hasContent(this.req.method ?? 'GET', this.statusCode)
  }

  #start(): void {
    if (this.#isStarted) return
    this.#head ??= headOf(this)
    this.#isStarted = true
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
  if (typeof chunk !== 'string') {
    const words = `An answer is written as text or bytes (Uint8Array), not ${chunk === null ? 'null' : typeof chunk}`
    throw refusal('ERR_INVALID_ARG_TYPE', words, TypeError)
  }
  const isNamed = typeof encoding === 'string' && Buffer.isEncoding(encoding)
  return Buffer.from(chunk, isNamed ? encoding : 'utf8')
}

/** @throws TypeError for what no header may be: the host would give up the link, and with it the answers to others. */
function addHeaders(response: ServerResponse, given: Headers | undefined): void {
  if (Array.isArray(given)) {
    const list = given.flat()
    for (let at = 0; at + 1 < list.length; at += 2)
      response.appendHeader(String(list[at]), String(list[at + 1]))
    return
  }
  for (const name in given) {
    const value = given[name]
    if (value !== undefined) response.setHeader(name, value)
  }
}

function headOf(response: ServerResponse): Head {
  const { statusCode } = response
  if (!(Number.isInteger(statusCode) && statusCode >= 200 && statusCode <= 599)) {
    const words = `The status ${statusCode} is none that an answer may have: expected 200 to 599`
    throw refusal('ERR_HTTP_INVALID_STATUS_CODE', words, RangeError)
  }
  const list: string[] = []
  const headers = response.getHeaders()
  for (const name in headers) {
    const value = headers[name] ?? ''
    for (const one of Array.isArray(value) ? value : [value]) list.push(name, String(one))
    if (name === 'content-length' && !/^\d{1,15}$/.test(String(value)))
      throw refusal(
        'ERR_HTTP_INVALID_HEADER_VALUE',
        `The content-length "${value}" is no number of bytes`,
        TypeError,
      )
  }
  return [statusCode, list]
}

/** As an answer that is written at once has it on any other connection. */
function addLength([, headers]: Head, bytes: number): void {
  if (!headers.includes('content-length') && !headers.includes('transfer-encoding'))
    headers.push('content-length', String(bytes))
}

function refusal(code: string, message: string, kind: ErrorConstructor = Error): Error {
  return Object.assign(new kind(message), { code })
}
