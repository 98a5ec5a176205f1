import type { Plugin } from '../plugin.js'
import type { CallerData } from '../protocol/caller-token.js'
import { Caller } from '../routes/caller.js'
import { assumeCaller } from '../routes/identify-caller.js'
import { openTestSocket, type TestSocket } from './test-socket.js'

/** As of `fetch`, with a body of JSON and a query. */
export interface RouteRequestInit extends RequestInit {
  /** Sent as the JSON body. */
  json?: unknown
  query?: Readonly<Record<string, string | number | boolean>>
  /** Who calls; what is left out is a user with every permission. Default: nobody, as on a plugin without a host. */
  caller?: Partial<CallerData>
}

/** As of a request, with the subprotocols the caller offers. */
export interface ConnectInit extends Pick<RouteRequestInit, 'query' | 'caller' | 'headers'> {
  protocols?: readonly string[]
}

const SOMEBODY: CallerData = {
  kind: 'user',
  id: 'test-user',
  name: 'test-user',
  organization_id: 'local',
  role: 'admin',
  permissions: ['*'],
}

/** Calls routes of a plugin by their own path, and opens its WebSockets, without a port. */
export function createRouteRequest(plugin: Plugin) {
  let app: ReturnType<Plugin['createApp']> | undefined
  const fetch = (request: Request, env?: object) => {
    app ??= plugin.createApp()
    return app.fetch(request, env)
  }
  const requestTo = (path: string, { query = {}, caller, ...init }: RouteRequestInit): Request => {
    const url = new URL(`http://plugin.invalid/plugins/${plugin.metadata.id}${path === '/' ? '' : path}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.append(name, String(value))
    const request = new Request(url, init)
    if (caller)
      assumeCaller(request, new Caller({ ...SOMEBODY, name: caller.id ?? SOMEBODY.name, ...caller }))
    return request
  }
  return {
    async request(path: string, { json, ...init }: RouteRequestInit = {}): Promise<Response> {
      if (json === undefined) return fetch(requestTo(path, init))
      const headers = new Headers(init.headers)
      if (!headers.has('content-type')) headers.set('content-type', 'application/json')
      return fetch(requestTo(path, { method: 'POST', ...init, headers, body: JSON.stringify(json) }))
    },
    async connect(path: string, { protocols = [], ...init }: ConnectInit = {}): Promise<TestSocket> {
      const headers = new Headers(init.headers)
      if (protocols.length > 0) headers.set('sec-websocket-protocol', protocols.join(', '))
      return openTestSocket(fetch, requestTo(path, { ...init, headers }))
    },
  }
}
