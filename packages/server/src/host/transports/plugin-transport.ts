import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Duplex, Readable } from 'node:stream'

/** A request to a plugin. */
export interface PluginRequest {
  method: string
  /** Path and query, beginning with `/`. */
  path: string
  headers?: Record<string, string | string[]> | undefined
  body?: string | Uint8Array<ArrayBuffer> | Readable | null | undefined
  signal?: AbortSignal | undefined
  /** Milliseconds until the answer must begin; default: no limit. */
  headersTimeout?: number | undefined
}

/** A request that is broken off by its control. */
export type DispatchedRequest = Omit<PluginRequest, 'signal'>

/** An answer that is passed on as it comes. Who takes it reads the body to its end, or destroys it and hears its error. */
export interface PluginAnswer {
  statusCode: number
  headers: IncomingHttpHeaders
  body: Readable
}

/** Hears an answer as it comes: a start, any data, and an end; or an error, after which nothing follows. */
export interface AnswerReceiver {
  onStart(statusCode: number, headers: IncomingHttpHeaders): void
  onData(chunk: Uint8Array): void
  onEnd(): void
  onError(error: Error): void
}

/** Holds back an answer that is on its way, or breaks it off. */
export interface AnswerControl {
  pause(): void
  resume(): void
  /** The receiver hears the reason as an error, unless the answer is over. */
  abort(reason: Error): void
}

/** An answer as a whole. */
export interface PluginReply {
  statusCode: number
  text: string
}

/** A connection that left HTTP behind, or the answer that refused to. */
export type Upgraded =
  | { isUpgraded: true; headers: IncomingHttpHeaders; socket: Duplex; head: Buffer }
  | { isUpgraded: false; answer: IncomingMessage }

/** A request that asks for another protocol; its headers are sent as they are, with `connection` and `upgrade`. */
export interface UpgradeRequest {
  path: string
  headers: Record<string, string | string[]>
  signal?: AbortSignal | undefined
}

/** The way to a plugin: a Unix socket, a function, or an address. One contract, whatever lies between. */
export interface PluginTransport {
  /** @throws `HeadersTimeoutError` of undici when the answer begins too late; anything else means it was not reached. */
  request(request: PluginRequest): Promise<PluginAnswer>
  /** The same without the stream and the promise in between, which cost more than all the rest of a short answer. */
  dispatch(request: DispatchedRequest, receiver: AnswerReceiver): AnswerControl
  /** The same for a short answer, read to its end. */
  exchange(request: PluginRequest): Promise<PluginReply>
  upgrade(request: UpgradeRequest): Promise<Upgraded>
  close(): Promise<void>
}
