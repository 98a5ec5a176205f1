import type { MiddlewareHandler } from 'hono'
import { resolveApiKey } from '../auth/api-keys.js'
import type { InstallationTokens, Principal } from '../auth/principal.js'
import type { Database } from '../database/client.js'
import type { AppEnv } from './app-env.js'
import { HttpProblem } from './http-problem.js'

/** Finds who a token belongs to; the plugin proxy asks it too. */
export type Authenticate = (authorization: string | undefined) => Promise<Principal>

/**
 * Reads `Authorization: Bearer <key>`.
 *
 * @throws HttpProblem 401 when there is no valid key.
 */
export function createAuthenticate(
  database: Pick<Database, 'kysely'>,
  installationTokens: InstallationTokens | undefined,
): Authenticate {
  return async (authorization) => {
    if (authorization === undefined) throw unauthorized('Send an API key as "Authorization: Bearer <key>"')
    const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1]
    if (token === undefined)
      throw unauthorized('The Authorization header is not "Bearer <key>"', 'invalid_request')
    const principal = token.startsWith('oci_')
      ? await installationTokens?.resolve(token)
      : await resolveApiKey(database, token)
    if (!principal) throw unauthorized('The API key is unknown, revoked or expired', 'invalid_token')
    return principal
  }
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
