import { type IncomingHttpHeaders, maxHeaderSize } from 'node:http'
import type { Duplex } from 'node:stream'
import { errors } from 'undici'
import type { AnswerControl, AnswerReceiver, DispatchedRequest } from '../transports/plugin-transport.js'
import { BatchedWrites } from './batched-writes.js'
import {
  decodeHead,
  encodeCredit,
  encodeFrame,
  encodeHeadFrame,
  FRAME,
  type Frame,
  FrameReader,
} from './frame.js'
import { type AnswerLine, LinkedAnswer } from './linked-answer.js'

/** A request that fits into one frame. */
export interface LinkedRequest extends Omit<DispatchedRequest, 'body'> {
  body?: Uint8Array<ArrayBuffer> | null | undefined
}

/** Frames that may still come of an answer that was given up, a large one counting as many. */
const STRAYS_PER_ANSWER = 2_000
/** The most of them at any time, however many are given up. */
const MOST_STRAYS = 200_000
const STRAY_BYTES = 1_024

const NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** The host's end of the link. What comes from the other end comes from a stranger: one wrong frame ends it. */
export class PluginLink {
  readonly #socket: Duplex
  readonly #writes: BatchedWrites
  readonly #answers = new Map<number, LinkedAnswer>()
  readonly #line: AnswerLine = {
    credit: (id, bytes) => this.#writes.add(encodeCredit(id, bytes)),
    cancel: (id) => {
      // What was on its way, it did not know.
      this.#strays = Math.min(this.#strays + STRAYS_PER_ANSWER, MOST_STRAYS)
      this.#writes.add(encodeFrame(FRAME.cancel, id))
    },
    forget: (id) => this.#answers.delete(id),
  }
  #lastId = 0
  /** Frames that may still come for nobody. */
  #strays = STRAYS_PER_ANSWER

  constructor(socket: Duplex) {
    this.#socket = socket
    this.#writes = new BatchedWrites(socket)
    const reader = new FrameReader()
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of reader.read(chunk)) this.#receive(frame)
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)))
      }
    })
    let why: Error = new errors.SocketError('The plugin closed the connection')
    socket.once('error', (error) => {
      why = error
    })
    socket.once('end', () => socket.destroy())
    socket.once('close', () => {
      for (const answer of [...this.#answers.values()]) answer.fail(why)
    })
  }

  get isOpen(): boolean {
    return this.#socket.writable
  }

  /** Bytes that the plugin did not take yet. */
  get backlog(): number {
    return this.#writes.backlog
  }

  /** Requests without an answer, or with a part of one. */
  get size(): number {
    return this.#answers.size
  }

  dispatch(
    { method, path, headers = {}, body, headersTimeout }: LinkedRequest,
    receiver: AnswerReceiver,
  ): AnswerControl {
    const id = this.#nextId()
    const answer = new LinkedAnswer(receiver, this.#line, id, { method, headersTimeout })
    this.#answers.set(id, answer)
    this.#writes.add(encodeHeadFrame(FRAME.request, id, [method, path, headers], body ?? undefined))
    return answer
  }

  close(): void {
    this.#socket.destroy()
  }

  #nextId(): number {
    this.#lastId = (this.#lastId + 1) >>> 0
    return this.#answers.has(this.#lastId) ? this.#nextId() : this.#lastId
  }

  #receive(frame: Frame): void {
    const answer = this.#answers.get(frame.id)
    const receive = receivers[frame.kind]
    if (answer && receive && !(frame.kind === FRAME.data && frame.payload.byteLength === 0)) {
      receive(answer, frame)
      return
    }
    this.#strays -= 1 + frame.payload.byteLength / STRAY_BYTES
    if (this.#strays < 0) throw new Error('The plugin sends what nobody asked for')
  }
}

const receivers: Readonly<Record<number, (answer: LinkedAnswer, frame: Frame) => void>> = {
  [FRAME.answer](answer, frame) {
    const { head, body } = decodeHead(frame)
    if (isTooLong(frame, body)) {
      answer.abort(new errors.HeadersOverflowError())
      return
    }
    answer.start(...parseHead(head), body.byteLength)
    if (body.byteLength > 0) answer.data(body)
    answer.end()
  },
  [FRAME.start](answer, frame) {
    const { head, body } = decodeHead(frame)
    if (isTooLong(frame, body)) answer.abort(new errors.HeadersOverflowError())
    else answer.start(...parseHead(head))
  },
  [FRAME.data]: (answer, { payload }) => answer.data(payload),
  [FRAME.end]: (answer) => answer.end(),
  [FRAME.broken]: (answer) => answer.fail(new errors.SocketError('The plugin broke its answer off')),
}

/** As long as HTTP lets headers be. */
function isTooLong({ payload }: Frame, body: Buffer): boolean {
  return payload.byteLength - body.byteLength > maxHeaderSize
}

function parseHead(head: unknown): [number, IncomingHttpHeaders] {
  if (!Array.isArray(head)) throw new TypeError('A head that is not a list')
  const [statusCode, list]: unknown[] = head
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599)
    throw new TypeError('A head without a status')
  if (!Array.isArray(list)) throw new TypeError('A head without headers')
  // Without a prototype, whose names a plugin could send.
  const headers: IncomingHttpHeaders = Object.create(null)
  for (let at = 0; at + 1 < list.length; at += 2) addHeader(headers, list[at], list[at + 1])
  return [statusCode, headers]
}

/** What HTTP would not let through must not come through here. */
function addHeader(headers: IncomingHttpHeaders, given: unknown, value: unknown): void {
  if (typeof given !== 'string' || typeof value !== 'string' || !NAME.test(given) || !VALUE.test(value))
    throw new TypeError('A header that is none')
  const name = given.toLowerCase()
  if (name === 'transfer-encoding') return
  if (name === 'content-length' && (headers[name] !== undefined || !/^\d{1,15}$/.test(value)))
    throw new TypeError('A length that is none')
  if (name === 'set-cookie') {
    headers[name] ??= []
    headers[name].push(value)
  } else headers[name] = headers[name] === undefined ? value : `${String(headers[name])}, ${value}`
}
