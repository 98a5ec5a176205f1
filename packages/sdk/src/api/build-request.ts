import { errorMessage } from '../errors.js'
import { API_BASE, parseApiPath } from './api-path.js'
import type { ApiMethod, ApiRequestOptions, QueryValue } from './call-options.js'
import { ApiConfigurationError, ApiRequestError } from './errors.js'

/** A request that can be sent any number of times. */
export interface PreparedRequest {
  method: ApiMethod
  /** Path below `/api/v1`, without the query. */
  path: string
  url: URL
  headers: Headers
  body: string | undefined
}

/** Where to send a request, and as whom. */
export interface Destination {
  url: string | undefined
  apiKey: string | undefined
  headers: Readonly<Record<string, string>>
}

interface Call {
  method: ApiMethod
  path: string
}

function serverUrl(given: string | undefined, call: Call): URL {
  const fix = 'set OPS_CENTER_API_URL (http://localhost:8000) or ops_center_api_url in config.yaml'
  const text = given?.trim() ?? ''
  if (text === '') {
    throw new ApiConfigurationError('api_url_missing', `No address of an Ops-Center is known: ${fix}`, call)
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    const shown = url === undefined ? JSON.stringify(text) : `"${url.protocol}//${url.host}"`
    throw new ApiConfigurationError(
      'api_url_invalid',
      `${shown} is not the address of an Ops-Center: expected http:// or https:// and a host, without user or password; ${fix}`,
      call,
    )
  }
  return url
}

function authorization(given: string | undefined, call: Call): string {
  const key = given?.trim() ?? ''
  const fix = 'set OPS_CENTER_API_KEY, or ops_center_api_key in config.yaml'
  if (key === '') throw new ApiConfigurationError('api_key_missing', `No API key is known: ${fix}`, call)
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new ApiConfigurationError(
      'api_key_invalid',
      `The API key has characters a key cannot have (spaces, line breaks or letters outside ASCII): ${fix}`,
      call,
    )
  }
  return `Bearer ${key}`
}

function addQuery(search: URLSearchParams, query: Readonly<Record<string, QueryValue>>): void {
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue
    if (value instanceof Date) search.append(name, value.toISOString())
    else if (typeof value === 'object') for (const item of value) search.append(name, String(item))
    else search.append(name, String(value))
  }
}

function jsonBody(json: unknown, call: Call): string {
  try {
    const text: string | undefined = JSON.stringify(json)
    if (text !== undefined) return text
  } catch (cause) {
    throw new ApiRequestError(
      'api_body_invalid',
      `${call.method} ${call.path}: the body is not JSON (${errorMessage(cause)})`,
      { ...call, cause },
    )
  }
  throw new ApiRequestError(
    'api_body_invalid',
    `${call.method} ${call.path}: the body is a ${typeof json}, which JSON cannot carry`,
    call,
  )
}

function requestHeaders(call: Call, destination: Destination, options: ApiRequestOptions): Headers {
  const headers = new Headers({ accept: 'application/json, application/problem+json;q=0.9, */*;q=0.5' })
  try {
    for (const [name, value] of Object.entries({ ...destination.headers, ...options.headers }))
      headers.set(name, value)
    if (options.idempotencyKey !== undefined) headers.set('idempotency-key', options.idempotencyKey)
  } catch (cause) {
    throw new ApiRequestError(
      'api_header_invalid',
      `${call.method} ${call.path}: a header is invalid (${errorMessage(cause)})`,
      { ...call, cause },
    )
  }
  if (!headers.has('authorization')) headers.set('authorization', authorization(destination.apiKey, call))
  if (options.json !== undefined && !headers.has('content-type'))
    headers.set('content-type', 'application/json')
  return headers
}

/** Checks a call and turns it into a request; throws `ApiRequestError` or `ApiConfigurationError`, sends nothing. */
export function buildRequest(
  method: ApiMethod,
  givenPath: string,
  options: ApiRequestOptions,
  destination: Destination,
): PreparedRequest {
  const { path, search } = parseApiPath(givenPath)
  const call = { method, path }
  const url = serverUrl(destination.url, call)
  const prefix = url.pathname.replace(/\/+$/, '')
  url.pathname = `${prefix.endsWith(API_BASE) ? prefix.slice(0, -API_BASE.length) : prefix}${API_BASE}${path}`
  url.search = search
  url.hash = ''
  if (options.query !== undefined) addQuery(url.searchParams, options.query)
  if (options.json !== undefined && (method === 'GET' || method === 'HEAD')) {
    throw new ApiRequestError(
      'api_body_invalid',
      `${method} ${path}: this method has no body, use query`,
      call,
    )
  }
  const headers = requestHeaders(call, destination, options)
  return {
    method,
    path,
    url,
    headers,
    body: options.json === undefined ? undefined : jsonBody(options.json, call),
  }
}
