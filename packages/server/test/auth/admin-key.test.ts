import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ensureAdminKey } from '../../src/auth/admin-key.js'
import { findKey } from '../../src/auth/find-key.js'
import type { Database } from '../../src/database/client.js'
import { openTestDatabase } from '../database/test-database.js'

let database: Database
let dataDir: string

beforeAll(async () => {
  database = await openTestDatabase()
})
beforeEach(async () => {
  await database.executeSql('delete from api_keys')
  dataDir = await mkdtemp(join(tmpdir(), 'ops-center-key-'))
  return () => rm(dataDir, { recursive: true })
})
afterAll(() => database.close())

const permissionsOf = async (key: string | undefined) => [
  ...((await findKey(database, key ?? ''))?.principal.permissions ?? []),
]

describe('ensureAdminKey', () => {
  it('generates a key for a database without one, and only then', async () => {
    const first = await ensureAdminKey(database, { dataDir })
    expect(first).toMatchObject({ generated: true, file: join(dataDir, 'admin-key') })
    expect(await permissionsOf(first.key)).toEqual(['*'])
    expect(await ensureAdminKey(database, { dataDir })).toEqual({ ...first, generated: false })
  })

  it('lets the kept key into a new database, instead of showing another', async () => {
    const { key } = await ensureAdminKey(database, { dataDir })
    await database.executeSql('delete from api_keys')
    expect(await ensureAdminKey(database, { dataDir })).toMatchObject({ key, generated: false })
    expect(await permissionsOf(key)).toEqual(['*'])
  })

  it('lets a given key in, again after it was revoked, and writes it to no file', async () => {
    for (let start = 0; start < 2; start++) {
      expect(await ensureAdminKey(database, { dataDir, adminKey: 'my-own' })).toMatchObject({ key: 'my-own' })
      expect(await permissionsOf('my-own')).toEqual(['*'])
      await database.executeSql('update api_keys set revoked_at = now()')
      expect(await permissionsOf('my-own')).toEqual([])
    }
    await expect(readFile(join(dataDir, 'admin-key'))).rejects.toThrow('ENOENT')
  })

  it('generates nothing for a database that has keys made elsewhere', async () => {
    await ensureAdminKey(database, { dataDir, adminKey: 'my-own' })
    expect(await ensureAdminKey(database, { dataDir })).toEqual({
      key: undefined,
      file: undefined,
      generated: false,
    })
  })
})

describe('findKey', () => {
  it('notes the last use, at most once a minute', async () => {
    await ensureAdminKey(database, { dataDir, adminKey: 'my-own' })
    const used = async (time: string) => {
      await findKey(database, 'my-own', Date.parse(time))
      const { last_used_at } = await database.kysely
        .selectFrom('api_keys')
        .select('last_used_at')
        .executeTakeFirstOrThrow()
      return last_used_at?.toISOString()
    }
    expect(await used('2026-01-27T10:00:00.000Z')).toBe('2026-01-27T10:00:00.000Z')
    expect(await used('2026-01-27T10:00:59.000Z')).toBe('2026-01-27T10:00:00.000Z')
    expect(await used('2026-01-27T10:01:01.000Z')).toBe('2026-01-27T10:01:01.000Z')
  })

  it('knows no key by its prefix alone', async () => {
    const { key = '' } = await ensureAdminKey(database, { dataDir })
    expect(await permissionsOf(`${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`)).toEqual([])
    expect(await permissionsOf(key.slice(0, 16))).toEqual([])
  })
})
