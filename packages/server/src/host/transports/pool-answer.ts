import type { IncomingHttpHeaders } from 'node:http'
import { type Dispatcher, errors } from 'undici'
import type { AnswerControl, AnswerReceiver } from './plugin-transport.js'

/** What undici tells of an answer, for its receiver. */
export class PoolAnswer implements Dispatcher.DispatchHandler, AnswerControl {
  readonly #receiver: AnswerReceiver
  readonly #timer: NodeJS.Timeout | undefined
  #controller: Dispatcher.DispatchController | undefined
  #isOver = false
  #aborted: Error | undefined

  /** @param patience Milliseconds that it may wait for a connection: undici counts only from there. */
  constructor(receiver: AnswerReceiver, patience: number | undefined) {
    this.#receiver = receiver
    this.#timer = patience
      ? setTimeout(() => this.abort(new errors.HeadersTimeoutError()), patience)
      : undefined
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    clearTimeout(this.#timer)
    this.#controller = controller
    // It waited for a connection, and its caller went away meanwhile.
    if (this.#aborted) controller.abort(this.#aborted)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: IncomingHttpHeaders,
  ): void {
    // 1xx: the answer itself is still to come.
    if (statusCode >= 200) this.#receiver.onStart(statusCode, headers)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#receiver.onData(chunk)
  }

  onResponseEnd(): void {
    this.#isOver = true
    this.#receiver.onEnd()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#receiver.onError(error)
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  abort(reason: Error): void {
    if (this.#isOver) return
    if (this.#controller) {
      this.#controller.abort(reason)
      return
    }
    // It waits for a connection: who went away does not.
    this.#aborted = reason
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#receiver.onError(reason)
  }
}
