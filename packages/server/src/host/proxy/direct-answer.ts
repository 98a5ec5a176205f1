import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { onceOver } from '../../http/once-over.js'
import type { AnswerControl, AnswerReceiver } from '../transports/plugin-transport.js'
import { contentKind } from './plugin-content.js'
import { headersForCaller } from './proxied-headers.js'
import type { HeldAnswer } from './relay.js'

/** Hears once what became of an answer, and before that perhaps that it is held. */
export interface DirectOutcome {
  /** A short answer began: it is passed on when all of it is there. */
  onHeld(answer: HeldAnswer): void
  /** It began: with all of it, or a part. */
  onBegun(status: number): void
  /** It broke off before. */
  onFailed(error: Error): void
}

/** Writes a plugin's answer to the connection of its caller. */
export class DirectAnswer implements AnswerReceiver, HeldAnswer {
  readonly #incoming: IncomingMessage
  readonly #outgoing: ServerResponse
  readonly #requestId: string
  #outcome: DirectOutcome | undefined
  #control: AnswerControl | undefined
  /** Until a short answer is there as a whole. */
  #held: { statusCode: number; headers: IncomingHttpHeaders; chunks: Uint8Array[] } | undefined

  constructor(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    requestId: string,
    outcome: DirectOutcome,
  ) {
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#requestId = requestId
    this.#outcome = outcome
  }

  /** Breaks the plugin's answer off when its caller goes away. */
  controlledBy(control: AnswerControl): void {
    this.#control = control
    onceOver(this.#incoming.socket, this.#outgoing, () => {
      if (!this.#outgoing.writableFinished) control.abort(new Error('The caller went away'))
    })
  }

  abort(reason: Error): void {
    this.#control?.abort(reason)
  }

  onStart(statusCode: number, headers: IncomingHttpHeaders): void {
    const kind = contentKind(this.#incoming.method ?? 'GET', statusCode, headers)
    if (kind === 'whole') {
      this.#held = { statusCode, headers, chunks: [] }
      this.#outcome?.onHeld(this)
      return
    }
    this.#writeHead(
      statusCode,
      headers,
      kind === 'none' ? emptyLength(statusCode, headers) : headers['content-length'],
    )
    if (kind === 'none') this.#outgoing.end()
    else this.#outgoing.flushHeaders()
    this.#begin(statusCode)
  }

  onData(chunk: Uint8Array): void {
    if (this.#held) {
      this.#held.chunks.push(chunk)
      return
    }
    if (this.#outgoing.writableEnded) {
      this.#control?.abort(new Error('The answer has a body, and its status none'))
      return
    }
    if (this.#outgoing.write(chunk)) return
    this.#control?.pause()
    this.#outgoing.once('drain', () => this.#control?.resume())
  }

  onEnd(): void {
    if (!this.#held) {
      this.#outgoing.end()
      return
    }
    const { statusCode, headers, chunks } = this.#held
    const [first] = chunks
    const content = chunks.length === 1 && Buffer.isBuffer(first) ? first : Buffer.concat(chunks)
    this.#writeHead(statusCode, headers, content.byteLength)
    // As text of single bytes it leaves together with the headers, in one write instead of two.
    this.#outgoing.end(content.toString('latin1'), 'latin1')
    this.#begin(statusCode)
  }

  onError(error: Error): void {
    // What is ended was given as a whole, whatever else the plugin does.
    if (this.#outgoing.headersSent && !this.#outgoing.writableEnded) this.#outgoing.destroy()
    const outcome = this.#outcome
    this.#outcome = undefined
    outcome?.onFailed(error)
  }

  #begin(status: number): void {
    const outcome = this.#outcome
    this.#outcome = undefined
    outcome?.onBegun(status)
  }

  #writeHead(statusCode: number, headers: IncomingHttpHeaders, length: string | number | undefined): void {
    const passed = headersForCaller(headers)
    if (length !== undefined) passed['content-length'] = String(length)
    passed['x-request-id'] = this.#requestId
    this.#outgoing.writeHead(statusCode, passed)
  }
}

/** What an answer without content says of its length: only that of a HEAD or a 304 means another answer's. */
function emptyLength(statusCode: number, headers: IncomingHttpHeaders): string | undefined {
  if (statusCode === 204) return undefined
  return statusCode === 205 ? '0' : headers['content-length']
}
