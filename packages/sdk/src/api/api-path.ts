import { ApiRequestError } from './errors.js'

/** Where the API lives below the server's address. */
export const API_BASE = '/api/v1'

const HINT = 'put values in with the template tag apiPath, which encodes them'
const UNSAFE = /[\s\\#\p{Cc}]/u

function refuse(path: string, why: string): never {
  throw new ApiRequestError(
    'api_path_invalid',
    `${JSON.stringify(path)} is not an API path: ${why}; expected something like "/devices/dev-1": ${HINT}`,
    { method: '', path: String(path) },
  )
}

function isDotSegment(segment: string): boolean {
  return segment === '.' || segment === '..'
}

/**
 * One value as one path segment. A value that a server or proxy could take for a step up (`..`) is refused, as
 * encoding does not survive every proxy.
 *
 * @throws ApiRequestError `api_path_invalid` for anything but a text that is not empty and has no dot segments.
 */
export function encodeSegment(value: string): string {
  if (typeof value !== 'string' || value === '') {
    return refuse(String(value), 'an id must be a text that is not empty')
  }
  if (value.split(/[\\/]/).some(isDotSegment))
    return refuse(value, 'an id cannot be or contain "." or ".." as a step')
  try {
    return encodeURIComponent(value)
  } catch {
    return refuse(value, 'an id must be well-formed Unicode')
  }
}

/**
 * A path with every value encoded as one segment, so that an id can never reach another resource or add a query.
 *
 * @throws ApiRequestError `api_path_invalid` for empty values and for dot segments.
 * @example
 * await plugin.api.get(apiPath`/devices/${deviceId}/status`)
 */
export function apiPath(texts: TemplateStringsArray, ...values: string[]): string {
  return texts.reduce((path, text, index) => {
    const value = values[index]
    return path + text + (index < values.length ? encodeSegment(value ?? '') : '')
  }, '')
}

/** A path as given to `api.request()`, checked: the part below `/api/v1`, and the query written into it, if any. */
export function parseApiPath(given: string): { path: string; search: string } {
  if (typeof given !== 'string') return refuse(String(given), 'a path must be a text')
  const [rawPath = '', ...queries] = given.split('?')
  if (/^[a-z][a-z0-9+.-]*:/i.test(rawPath) || rawPath.startsWith('//')) {
    return refuse(given, 'it names another server')
  }
  if (UNSAFE.test(given)) return refuse(given, 'it has a space, backslash, "#" or control character')
  const below = rawPath.startsWith(`${API_BASE}/`) ? rawPath.slice(API_BASE.length) : rawPath
  const path = below.startsWith('/') ? below : `/${below}`
  for (const segment of path.slice(1).split('/')) {
    if (segment === '') return refuse(given, 'a segment is empty')
    let decoded = ''
    try {
      decoded = decodeURIComponent(segment)
    } catch {
      return refuse(given, `${JSON.stringify(segment)} is not percent-encoded properly`)
    }
    if (decoded.split(/[\\/]/).some(isDotSegment)) return refuse(given, '"." and ".." are not allowed')
  }
  return { path, search: queries.join('?') }
}
