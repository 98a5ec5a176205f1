import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ApiKeys } from '../../src/auth/api-keys.js'
import { PrincipalChanges } from '../../src/auth/principal-changes.js'
import { type Database, openDatabase } from '../../src/database/client.js'
import { revokeKey } from '../../src/resources/keys/key-repository.js'
import {
  createPostgresDatabase,
  type PostgresServer,
  postgresBinaries,
  startPostgres,
} from '../database/postgres-server.js'
import { insertTestKey } from './test-keys.js'

const binaries = await postgresBinaries()

/** What one node knows of keys. */
interface Node {
  database: Database
  changes: PrincipalChanges
  keys: ApiKeys
}

// Reason to skip: the binaries of PostgreSQL are not on this machine.
describe.runIf(binaries)('keys, where nodes share a PostgreSQL', () => {
  let postgres: PostgresServer
  let here: Node
  let there: Node

  const openNode = async (databaseUrl: string): Promise<Node> => {
    const database = await openDatabase({ dataDir: '', databaseUrl })
    const changes = await PrincipalChanges.open(database)
    return { database, changes, keys: new ApiKeys(database, changes) }
  }
  const isKept = ({ keys }: Node, key: string) => !(keys.resolve(key) instanceof Promise)

  beforeAll(async () => {
    postgres = await startPostgres(binaries ?? '')
    const url = await createPostgresDatabase(postgres.url)
    here = await openNode(url)
    there = await openNode(url)
  }, 60_000)
  afterAll(async () => {
    for (const { changes, database } of [here, there]) {
      await changes.close()
      await database.close()
    }
    await postgres.stop()
  })

  it('stop here at once, and there within a second', async () => {
    for (let round = 0; round < 25; round += 1) {
      const key = await insertTestKey(here.database, `k-${round}`)
      await here.keys.resolve(key)
      await there.keys.resolve(key)
      await revokeKey(here.database.kysely, 'default', key)
      expect(isKept(here, key), key).toBe(false)
      expect(await here.keys.resolve(key)).toBeUndefined()
      await vi.waitFor(async () => expect(await there.keys.resolve(key)).toBeUndefined(), {
        timeout: 1_000,
        interval: 2,
      })
    }
  })

  it('are asked for each time while notifications do not come, and kept again once they do', async () => {
    const key = await insertTestKey(here.database, 'k')
    await vi.waitFor(async () => {
      await there.keys.resolve(key)
      expect(isKept(there, key)).toBe(true)
    })
    const heard: { isListening: boolean; isKept: boolean }[] = []
    const off = there.database.onListening((isListening) =>
      heard.push({ isListening, isKept: isKept(there, key) }),
    )
    await here.database.executeSql(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and query like 'listen%principals%'`)
    await vi.waitFor(
      () =>
        expect(heard).toEqual([
          { isListening: false, isKept: false },
          { isListening: true, isKept: false },
        ]),
      { timeout: 10_000 },
    )
    off()
    await there.keys.resolve(key)
    expect(isKept(there, key)).toBe(true)
    await revokeKey(here.database.kysely, 'default', key)
    await vi.waitFor(async () => expect(await there.keys.resolve(key)).toBeUndefined())
  })
})
