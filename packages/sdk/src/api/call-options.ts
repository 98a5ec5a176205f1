import type { Duration } from '../duration.js'

/** HTTP methods of the API. */
export type ApiMethod = 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A value of the query; `null` and `undefined` are left out, a list repeats its name, a date is sent as RFC 3339. */
export type QueryValue =
  | string
  | number
  | boolean
  | Date
  | null
  | undefined
  | readonly (string | number | boolean)[]

/** What every call takes. */
export interface ApiCallOptions {
  /** Aborts the call; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  headers?: Readonly<Record<string, string>> | undefined
  /** Time limit of one attempt instead of the client's; 0 for none. */
  timeout?: Duration | undefined
  /** Sent as `Idempotency-Key`: the server does the work once however often it is asked. Creates make one themselves. */
  idempotencyKey?: string | undefined
}

/** What `api.request()` and its shorthands take. */
export interface ApiRequestOptions extends ApiCallOptions {
  query?: Readonly<Record<string, QueryValue>> | undefined
  /** Body, sent as JSON. */
  json?: unknown
  /** Whether sending it twice does no harm. Default: all but a `POST` without `idempotencyKey`. */
  repeatable?: boolean | undefined
}
