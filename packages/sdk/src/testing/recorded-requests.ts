import { API_BASE } from '../api/api-path.js'
import type { ApiMethod } from '../api/call-options.js'

/** One request that reached a mock API. */
export interface RecordedRequest {
  method: string
  /** Path below `/api/v1`, without the query: `/devices/pump-7`. */
  endpoint: string
  /** A name given several times has its last value. */
  query: Record<string, string>
  /** The body, parsed; `undefined` when there was none. */
  json: unknown
  headers: Record<string, string>
  /** Of the answer; `undefined` when a forced failure of the network left none. */
  status: number | undefined
}

/** Which requests to look at. */
export interface RequestQuery {
  method?: ApiMethod | Lowercase<ApiMethod>
  /** Path below `/api/v1`; `*` stands for one segment: `/devices/*` matches `/devices/pump-7`. */
  endpoint?: string
}

/** A path as it is recorded: below `/api/v1`, with a slash before and none behind it. */
function endpointOf(path: string): string {
  const below = path.startsWith(`${API_BASE}/`) ? path.slice(API_BASE.length) : path
  return `/${below.split('/').filter(Boolean).join('/')}`
}

/** Whether a recorded path is the one asked for. */
export function matchesEndpoint(pattern: string, endpoint: string): boolean {
  const wanted = endpointOf(pattern).split('/')
  const segments = endpoint.split('/')
  return (
    wanted.length === segments.length &&
    wanted.every((part, index) => part === '*' || part === segments[index])
  )
}

/** A request as it is recorded, before its answer is known. */
export async function recordOf(request: Request): Promise<RecordedRequest> {
  const url = new URL(request.url)
  const text = await request.clone().text()
  return {
    method: request.method,
    endpoint: endpointOf(decodeURIComponent(url.pathname)),
    query: Object.fromEntries(url.searchParams),
    json: text === '' ? undefined : JSON.parse(text),
    headers: Object.fromEntries(request.headers),
    status: undefined,
  }
}
