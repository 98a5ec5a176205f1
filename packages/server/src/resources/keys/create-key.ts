import { generateApiKey } from '../../auth/api-key.js'
import { isGranted, ROLE_PERMISSIONS } from '../../auth/permissions.js'
import { isOperator, type Principal } from '../../auth/principal.js'
import { HttpProblem, notFound } from '../../http/http-problem.js'
import type { RequestScope } from '../request-scope.js'
import type { ResourceServices } from '../resource-services.js'
import { insertKey } from './key-repository.js'
import type { ApiKey, CreateKey } from './schema.js'

/**
 * A new key. Nobody can hand out more than they have, and only the server's operator can hand it to another
 * organization.
 *
 * @throws HttpProblem 403 for a permission the creator lacks, 404 for another organization or an unknown user, 422
 * for a time that is past.
 */
export async function createKey(
  { database }: Pick<ResourceServices, 'database'>,
  { principal, repeatGuard }: RequestScope,
  body: CreateKey,
): Promise<ApiKey & { key: string }> {
  const organizationId = body.organization_id ?? principal.organization_id
  const scopes = [...new Set(body.scopes ?? ROLE_PERMISSIONS[body.role ?? 'viewer'])]
  requireScopes(principal, scopes)
  const key = generateApiKey()
  return database.kysely.transaction().execute(async (trx) => {
    const organization = await trx
      .selectFrom('organizations')
      .select('id')
      .where('id', '=', organizationId)
      .executeTakeFirst()
    const isAllowed = organizationId === principal.organization_id || isOperator(principal)
    if (!organization || !isAllowed) throw notFound('organization', organizationId)
    if (body.user_id !== undefined) {
      const user = await trx
        .selectFrom('users')
        .select('id')
        .where('organization_id', '=', organizationId)
        .where('id', '=', body.user_id)
        .executeTakeFirst()
      if (!user) throw notFound('user', body.user_id)
    }
    const created = await insertKey(trx, organizationId, {
      key,
      name: body.name,
      scopes,
      user_id: body.user_id ?? null,
      expires_at: expiryOf(body),
    })
    // The secret is not kept: whoever repeats the request learns which key it made, and makes another if need be.
    const location = `/api/v1/api-keys/${created.id}`
    await repeatGuard.record(trx, { status: 201, location, body: { ...created, key: null } })
    return { ...created, key }
  })
}

function requireScopes(principal: Principal, scopes: readonly string[]): void {
  const missing = scopes.find((scope) => !isGranted(principal.permissions, scope))
  if (missing === undefined) return
  throw new HttpProblem(403, `This API key lacks the permission ${missing}, so it cannot give it to another`)
}

function expiryOf({ expires_at, expires_in }: CreateKey): Date | null {
  const expiry = expires_in === undefined ? expires_at : new Date(Date.now() + expires_in)
  if (expiry === undefined) return null
  if (expiry.getTime() > Date.now()) return expiry
  throw new HttpProblem(422, 'Invalid body: the key would be expired already', {
    errors: [
      { pointer: expires_in === undefined ? '/expires_at' : '/expires_in', detail: 'expected a future time' },
    ],
  })
}
