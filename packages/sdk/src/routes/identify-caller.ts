import { HttpError } from '../http-error.js'
import { CALLER_HEADER, verifyCaller } from '../protocol/caller-token.js'
import { Caller } from './caller.js'

/** Callers that a test says its requests come from. */
const assumed = new WeakMap<Request, Caller>()

/** Lets a request count as a caller's, for a plugin that has no host. */
export function assumeCaller(request: Request, caller: Caller): void {
  assumed.set(request, caller)
}

/**
 * Who calls. The plugin's port or socket may be reached by others than the host, so only what the host signed counts.
 *
 * @throws HttpError 401 when nobody is known and the route needs a key, or when the signature is wrong.
 */
export function identifyCaller(
  request: Request,
  auth: 'required' | 'none' | undefined,
  secret: string | undefined,
): Caller | undefined {
  if (secret === undefined) return assumed.get(request)
  const token = request.headers.get(CALLER_HEADER)
  if (token === null) {
    if (auth === 'none') return undefined
    throw unauthorized('This route is reached through Ops-Center, with a key')
  }
  const path = request.url.slice(request.url.indexOf('/', request.url.indexOf('//') + 2))
  const caller = verifyCaller(secret, token, { method: request.method, path })
  if (!caller) throw unauthorized('The identity of the caller was not signed by the host for this request')
  return new Caller(caller)
}

function unauthorized(detail: string): HttpError {
  return new HttpError(401, detail, { headers: { 'www-authenticate': 'Bearer' } })
}
