import type { Kysely, Transaction, Updateable } from 'kysely'
import type { Schema } from '../../database/schema.js'
import type { InstallationsTable } from '../schema.js'
import type { StoredInstallation } from './installation.js'

type Executor = Kysely<Schema> | Transaction<Schema>

export function findInstallation(
  db: Executor,
  organizationId: string,
  pluginId: string,
): Promise<StoredInstallation | undefined> {
  return db
    .selectFrom('installations')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('plugin_id', '=', pluginId)
    .executeTakeFirst()
}

export function findInstallationById(db: Executor, id: string): Promise<StoredInstallation | undefined> {
  return db.selectFrom('installations').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Installations of one organization, or of all; oldest first. */
export function listInstallations(db: Executor, organizationId?: string): Promise<StoredInstallation[]> {
  return db
    .selectFrom('installations')
    .selectAll()
    .$if(organizationId !== undefined, (query) => query.where('organization_id', '=', organizationId ?? ''))
    .orderBy('installed_at')
    .orderBy('id')
    .execute()
}

export function updateInstallation(
  db: Executor,
  id: string,
  changes: Updateable<InstallationsTable>,
): Promise<StoredInstallation> {
  return db
    .updateTable('installations')
    .set({ ...changes, updated_at: new Date() })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}
