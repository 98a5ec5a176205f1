import type { IncomingHttpHeaders } from 'node:http'
import { errors } from 'undici'
import { hasContent } from '../proxy/plugin-content.js'
import type { AnswerControl, AnswerReceiver, DispatchedRequest } from '../transports/plugin-transport.js'
import { WINDOW_BYTES } from './frame.js'

/** What answers do on the link besides being received, each by its id. */
export interface AnswerLine {
  /** The plugin may send so many more bytes. */
  credit(id: number, bytes: number): void
  /** The plugin may stop: nobody hears it any more. */
  cancel(id: number): void
  /** Nothing else comes of this answer, and nothing is expected. */
  forget(id: number): void
}

/** How many bytes are given back at a time. */
const CREDIT_BYTES = WINDOW_BYTES / 2
/** Chunks that are held back one by one. */
const MOST_HELD = 256

/** One answer on the link: keeps it to the length it stated, and to what it may send ahead. */
export class LinkedAnswer implements AnswerControl {
  readonly #receiver: AnswerReceiver
  readonly #line: AnswerLine
  readonly #id: number
  readonly #method: string
  readonly #timer: NodeJS.Timeout | undefined
  #hasStarted = false
  #isOver = false
  /** What is still to come of a stated length. */
  #expected: number | undefined
  /** Bytes that came, and were not given back. */
  #taken = 0
  #held: Uint8Array[] | undefined
  #hasEnded = false

  constructor(
    receiver: AnswerReceiver,
    line: AnswerLine,
    id: number,
    { method, headersTimeout }: Pick<DispatchedRequest, 'method' | 'headersTimeout'>,
  ) {
    this.#receiver = receiver
    this.#line = line
    this.#id = id
    this.#method = method
    this.#timer = headersTimeout
      ? setTimeout(() => this.abort(new errors.HeadersTimeoutError()), headersTimeout)
      : undefined
  }

  start(statusCode: number, headers: IncomingHttpHeaders, wholeBytes?: number): void {
    if (this.#hasStarted) throw new Error('An answer started twice')
    this.#hasStarted = true
    clearTimeout(this.#timer)
    if (hasContent(this.#method, statusCode)) {
      if (wholeBytes !== undefined) headers['content-length'] = String(wholeBytes)
      const length = headers['content-length']
      if (length !== undefined) this.#expected = Number(length)
    }
    this.#receiver.onStart(statusCode, headers)
  }

  data(chunk: Uint8Array): void {
    if (!this.#hasStarted) throw new Error('An answer had data before its start')
    if (this.#isOver) return
    this.#taken += chunk.byteLength
    if (this.#taken > WINDOW_BYTES) throw new Error('An answer sent more than it may')
    if (this.#expected !== undefined) this.#expected -= chunk.byteLength
    if (this.#expected !== undefined && this.#expected < 0) {
      this.abort(new Error('The answer is longer than it stated'))
      return
    }
    this.#pass(chunk)
  }

  end(): void {
    if (!this.#hasStarted) throw new Error('An answer ended before its start')
    if (this.#isOver) return
    if (this.#expected) {
      this.fail(new Error('The answer is shorter than it stated'))
      return
    }
    this.#hasEnded = true
    this.#line.forget(this.#id)
    this.#finishUnlessHeld()
  }

  /** The plugin broke off, or is gone. */
  fail(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#line.forget(this.#id)
    this.#receiver.onError(error)
  }

  pause(): void {
    this.#held ??= []
  }

  resume(): void {
    const held = this.#held
    if (!held) return
    this.#held = undefined
    // Whoever takes them may pause again.
    for (const chunk of held) this.#pass(chunk)
    this.#giveBack()
    if (this.#hasEnded) this.#finishUnlessHeld()
  }

  abort(reason: Error): void {
    if (this.#isOver) return
    if (!this.#hasEnded) this.#line.cancel(this.#id)
    this.fail(reason)
  }

  #pass(chunk: Uint8Array): void {
    if (this.#isOver) return
    if (this.#held) {
      // So many small ones would take far more memory than their bytes.
      if (this.#held.push(chunk) >= MOST_HELD) this.#held = [Buffer.concat(this.#held)]
      return
    }
    this.#receiver.onData(chunk)
    this.#giveBack()
  }

  #giveBack(): void {
    if (this.#held || this.#hasEnded || this.#isOver || this.#taken < CREDIT_BYTES) return
    this.#line.credit(this.#id, this.#taken)
    this.#taken = 0
  }

  #finishUnlessHeld(): void {
    if (this.#isOver || this.#held) return
    this.#isOver = true
    this.#receiver.onEnd()
  }
}
