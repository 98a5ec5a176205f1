import type { IncomingHttpHeaders } from 'node:http'

/**
 * Shortens an answer's `Location` to the path that callers of the platform know where it names the plugin's own
 * address, which they cannot reach. Other places on that machine stay what they are.
 *
 * @param url Where the plugin is; a path in it goes before that of each request.
 * @example ownLocation({ location: 'http://10.0.0.5:9000/plugins/x/y' }, { url: 'http://10.0.0.5:9000', pluginId: 'x' })
 */
export function ownLocation(
  headers: IncomingHttpHeaders,
  { url, pluginId }: { url: string; pluginId: string },
): IncomingHttpHeaders {
  const { location } = headers
  // What is relative to the request is right already.
  if (typeof location !== 'string' || !(location.startsWith('/') || URL.canParse(location))) return headers
  if (!URL.canParse(location, url)) return headers
  const base = new URL(url)
  const { origin, pathname, search, hash } = new URL(location, url)
  const prefix = base.pathname.replace(/\/$/, '')
  const path = pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : ''
  const isOwn = path === `/plugins/${pluginId}` || path.startsWith(`/plugins/${pluginId}/`)
  return origin === base.origin && isOwn ? { ...headers, location: `${path}${search}${hash}` } : headers
}
