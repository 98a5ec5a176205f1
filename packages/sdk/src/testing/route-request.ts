import type { Plugin } from '../plugin.js'

/** As of `fetch`, with a body of JSON and a query. */
export interface RouteRequestInit extends RequestInit {
  /** Sent as the JSON body. */
  json?: unknown
  query?: Readonly<Record<string, string | number | boolean>>
}

/** Calls routes of a plugin by their own path, without a port. */
export function createRouteRequest(plugin: Plugin) {
  let app: ReturnType<Plugin['createApp']> | undefined

  return async (path: string, { json, query = {}, ...init }: RouteRequestInit = {}): Promise<Response> => {
    app ??= plugin.createApp()
    const url = new URL(`http://plugin.invalid/plugins/${plugin.metadata.id}${path === '/' ? '' : path}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.append(name, String(value))
    const headers = new Headers(init.headers)
    if (json === undefined) return app.fetch(new Request(url, { ...init, headers }))
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
    return app.fetch(new Request(url, { method: 'POST', ...init, headers, body: JSON.stringify(json) }))
  }
}
