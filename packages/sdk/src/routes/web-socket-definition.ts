import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Caller } from './caller.js'
import type { Output, PathParams, RouteOptions } from './route-definition.js'

/** One open WebSocket. */
export interface PluginSocket {
  readonly isOpen: boolean
  /** The subprotocol that was agreed on; empty for none. */
  readonly protocol: string
  /** Bytes that wait to be sent: a caller that does not read makes it grow, unless `send` is awaited. */
  readonly bufferedAmount: number
  /**
   * Sends a text or bytes; resolves once they are on their way, so that awaiting it keeps pace with the caller.
   *
   * @throws OpsError `socket_closed` when the connection is gone.
   */
  send(data: string | Uint8Array): Promise<void>
  /** Closes it; `code` is 1000 (done) or from 3000 to 4999. */
  close(code?: number, reason?: string): void
}

/** How a WebSocket ended: 1000 in order, 1005 without a code, 1006 without a word, 1012 as the plugin went. */
export interface SocketClosure {
  code: number
  reason: string
}

/** What the handlers of a WebSocket get beside it. */
export interface WebSocketContext<Params, Query> {
  readonly params: Params
  readonly query: Query
  /** The request that opened it. */
  readonly request: Request
  /** Who opened it; undefined without a key (`auth: 'none'`), and without a host unless a test says so. */
  readonly caller: Caller | undefined
  /** Aborts when it is closed. */
  readonly signal: AbortSignal
}

export interface WebSocketHandlers<
  Params extends StandardSchemaV1 | undefined,
  Query extends StandardSchemaV1 | undefined,
  ParamsOut,
  QueryOut,
> extends Pick<
    RouteOptions<Params, Query>,
    'params' | 'query' | 'auth' | 'name' | 'summary' | 'description'
  > {
  /** Subprotocols the plugin speaks; the first that the caller offers is used. */
  protocols?: readonly string[]
  /** Largest message in bytes; a larger one closes the connection (1009). Default 1 MiB. */
  maxMessageBytes?: number
  open?(socket: PluginSocket, context: WebSocketContext<ParamsOut, QueryOut>): unknown
  /** One at a time for each connection: the next message waits until this one is dealt with. */
  message?(
    socket: PluginSocket,
    data: string | Uint8Array,
    context: WebSocketContext<ParamsOut, QueryOut>,
  ): unknown
  close?(
    socket: PluginSocket,
    closure: SocketClosure,
    context: WebSocketContext<ParamsOut, QueryOut>,
  ): unknown
}

/** The handlers of a WebSocket at a path, with what its schemas make of parameters and query. */
export type WebSocketHandlersOf<
  Path extends string,
  Params extends StandardSchemaV1 | undefined,
  Query extends StandardSchemaV1 | undefined,
> = WebSocketHandlers<
  Params,
  Query,
  Output<Params, PathParams<Path>>,
  Output<Query, Record<string, string | string[]>>
>

/** The same once the types of one path no longer matter. */
export type AnyWebSocketHandlers = WebSocketHandlers<
  StandardSchemaV1 | undefined,
  StandardSchemaV1 | undefined,
  never,
  never
>
