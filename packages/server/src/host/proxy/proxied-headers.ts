import type { IncomingHttpHeaders } from 'node:http'

/** Headers of one connection, which are no business of the next. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]

/** The caller's key and cookies are for the platform, and `X-Ops-...` is the host's own. */
const NOT_FOR_PLUGINS = new Set([
  ...HOP_BY_HOP,
  'host',
  'content-length',
  'expect',
  'authorization',
  'cookie',
])

/**
 * Plugins answer on the platform's origin: what they set for an origin as a whole would hold for the console and for
 * the other plugins, too.
 */
const NOT_FROM_PLUGINS = new Set([
  ...HOP_BY_HOP,
  'content-length',
  'set-cookie',
  'set-cookie2',
  'clear-site-data',
  'service-worker-allowed',
  'strict-transport-security',
  'alt-svc',
  'nel',
  'report-to',
])

/** As a plugin without a name of its own sees its origin; see the transports. */
const INTERNAL_ORIGIN = /^https?:\/\/plugin(?=[/?#]|$)/i

/** The headers of a caller that a plugin gets; their names are in lower case. */
export function headersForPlugin(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = namedByConnection(headers.connection)
  const passed: Record<string, string | string[]> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value === undefined || NOT_FOR_PLUGINS.has(name) || named.has(name)) continue
    if (!name.startsWith('x-ops-')) passed[name] = value
  }
  return passed
}

/** The headers of a plugin's answer that a caller gets. */
export function headersForCaller(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = namedByConnection(headers.connection)
  const passed: Record<string, string | string[]> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value === undefined || NOT_FROM_PLUGINS.has(name) || named.has(name)) continue
    passed[name] = name === 'location' ? String(value).replace(INTERNAL_ORIGIN, '') || '/' : value
  }
  return passed
}

/** `Connection: close, x-trace` makes `x-trace` a header of this connection only. */
function namedByConnection(connection: string | null | undefined): ReadonlySet<string> {
  if (!connection) return NONE
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
}

const NONE: ReadonlySet<string> = new Set()
