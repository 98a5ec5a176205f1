import { type Database, openDatabase } from '../database/client.js'
import { lockDataFolder } from '../database/data-folder-lock.js'
import type { ResolvedServerOptions } from '../options.js'
import { createStopStack } from '../stop-stack.js'

/**
 * Runs work on the database of a server, whose tables stay as they are. One in the data folder belongs to one process at a time, so its server must
 * be stopped; that of a PostgreSQL server can be in use.
 *
 * @throws OpsError `data_folder_in_use`, `database_unavailable`.
 */
export async function withDatabase<Result>(
  options: Pick<ResolvedServerOptions, 'dataDir' | 'databaseUrl'>,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const opened = createStopStack()
  try {
    if (options.databaseUrl === undefined) {
      const lock = await lockDataFolder(options.dataDir)
      opened.add(() => lock.release())
    }
    const database = await openDatabase({ ...options, migrate: false })
    opened.add(() => database.close())
    return await work(database)
  } finally {
    await opened.stop()
  }
}
