import type { Caller } from './caller.js'
import type { RouteContext } from './route-definition.js'

/** What one call of a route handler gets. A class, because an object literal with a getter costs far more to make. */
export class RouteCall implements RouteContext<unknown, unknown, unknown> {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly request: Request
  readonly caller: Caller | undefined

  constructor(
    request: Request,
    { params, query, body }: { params: unknown; query: unknown; body: unknown },
    caller?: Caller,
  ) {
    this.params = params
    this.query = query
    this.body = body
    this.request = request
    this.caller = caller
  }

  /** Asked for rarely, and a server makes it only then. */
  get signal(): AbortSignal {
    return this.request.signal
  }
}
