import type { MiddlewareHandler } from 'hono'
import type { ApiKeys } from '../auth/api-keys.js'
import type { InstallationTokens, Principal } from '../auth/principal.js'
import type { AppEnv } from './app-env.js'
import { HttpProblem } from './http-problem.js'

/** Finds who a token belongs to, at once when that is known; the plugin proxy asks it too. */
export type Authenticate = (authorization: string | undefined) => Principal | Promise<Principal>

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i

/**
 * Reads `Authorization: Bearer <key>`.
 *
 * @throws HttpProblem 401 when there is no valid key.
 */
export function createAuthenticate(
  apiKeys: Pick<ApiKeys, 'resolve'>,
  installationTokens: InstallationTokens | undefined,
): Authenticate {
  return (authorization) => {
    if (authorization === undefined) throw unauthorized('Send an API key as "Authorization: Bearer <key>"')
    const token = BEARER.exec(authorization)?.[1]
    if (token === undefined)
      throw unauthorized('The Authorization header is not "Bearer <key>"', 'invalid_request')
    const found = token.startsWith('oci_') ? installationTokens?.resolve(token) : apiKeys.resolve(token)
    return found instanceof Promise ? found.then(knownOnly) : knownOnly(found)
  }
}

function knownOnly(principal: Principal | undefined): Principal {
  if (!principal) throw unauthorized('The API key is unknown, revoked or expired', 'invalid_token')
  return principal
}

/** Lets only requests with a valid key pass, and leaves its principal in `c.var.principal`. */
export function authenticated(authenticate: Authenticate): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.set('principal', await authenticate(c.req.header('authorization')))
    await next()
  }
}

function unauthorized(detail: string, error?: string): HttpProblem {
  const challenge = error === undefined ? 'Bearer' : `Bearer error="${error}"`
  return new HttpProblem(401, detail, { headers: { 'www-authenticate': challenge } })
}
