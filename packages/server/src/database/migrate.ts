import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import { type Kysely, Migrator } from 'kysely'
import { MIGRATIONS } from './migrations/index.js'
import type { Schema } from './schema.js'

/**
 * Brings the tables up to date; several servers may start on one database at once.
 *
 * @param last The last migration to run; default: all of them.
 * @throws OpsError `database_migration_failed` naming the migration; nothing of this run is kept then.
 */
export async function migrate(kysely: Kysely<Schema>, last?: string): Promise<void> {
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => MIGRATIONS } })
  const { error, results } = await (last === undefined
    ? migrator.migrateToLatest()
    : migrator.migrateTo(last))
  if (error === undefined) return
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName
  const newer = /corrupted migrations/.test(errorMessage(error))
  throw new OpsError(
    'database_migration_failed',
    newer
      ? `The database was last used by another version of Ops-Center (${errorMessage(error)}): start that version`
      : `The database could not be brought up to date${failed ? ` by ${failed}` : ''}: ${errorMessage(error)}`,
    { cause: error },
  )
}
