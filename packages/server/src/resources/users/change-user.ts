import { randomUUID } from 'node:crypto'
import type { RequestScope } from '../request-scope.js'
import type { ResourceServices } from '../resource-services.js'
import type { User, UserFields, UserPatch } from './schema.js'
import { deleteUser, getUser, insertUser, updateUser } from './user-repository.js'

type Services = Pick<ResourceServices, 'database' | 'events'>

export async function createUser(
  { database, events }: Services,
  { principal, causedBy, repeatGuard }: RequestScope,
  { id = randomUUID(), ...fields }: UserFields & { id?: string | undefined },
): Promise<User> {
  const { organization_id } = principal
  return database.kysely.transaction().execute(async (trx) => {
    const user = await insertUser(trx, organization_id, { id, ...fields })
    const payload = { user_id: id, user_data: user }
    await events.publish(trx, { organization_id, name: 'user.created', payload, caused_by: causedBy })
    await repeatGuard.record(trx, { status: 201, location: `/api/v1/users/${id}`, body: user })
    return user
  })
}

/** Changes the given fields; without a difference nothing is written or announced. */
export async function patchUser(
  { database, events }: Services,
  { principal, causedBy }: RequestScope,
  id: string,
  patch: UserPatch,
): Promise<User> {
  const { organization_id } = principal
  return database.kysely.transaction().execute(async (trx) => {
    const before = await getUser(trx, organization_id, id)
    const changes: Partial<UserFields> = {
      ...(patch.email === undefined || patch.email === before.email ? {} : { email: patch.email }),
      ...(patch.name === undefined || patch.name === before.name ? {} : { name: patch.name }),
      ...(patch.role === undefined || patch.role === before.role ? {} : { role: patch.role }),
      ...(patch.status === undefined || patch.status === before.status ? {} : { status: patch.status }),
    }
    if (Object.keys(changes).length === 0) return before
    const user = await updateUser(trx, organization_id, id, changes)
    const payload = { user_id: id, user_data: user }
    await events.publish(trx, { organization_id, name: 'user.updated', payload, caused_by: causedBy })
    return user
  })
}

/** Deletes a user and revokes the keys that belong to it. */
export async function removeUser(
  { database, events }: Services,
  { principal, causedBy }: RequestScope,
  id: string,
): Promise<void> {
  const { organization_id } = principal
  await database.kysely.transaction().execute(async (trx) => {
    const user = await deleteUser(trx, organization_id, id)
    await trx
      .updateTable('api_keys')
      .set({ revoked_at: new Date() })
      .where('organization_id', '=', organization_id)
      .where('user_id', '=', id)
      .where('revoked_at', 'is', null)
      .execute()
    const payload = { user_id: id, user_data: user }
    await events.publish(trx, { organization_id, name: 'user.deleted', payload, caused_by: causedBy })
  })
}
