import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hashOf } from '../../src/auth/api-key.js'
import { ApiKeys } from '../../src/auth/api-keys.js'
import { PrincipalChanges } from '../../src/auth/principal-changes.js'
import type { Database } from '../../src/database/client.js'
import { openTestDatabase } from '../database/test-database.js'
import { insertTestKey, insertTestUser } from './test-keys.js'

let database: Database
let changes: PrincipalChanges
let keys: ApiKeys
let now: number

beforeAll(async () => {
  database = await openTestDatabase()
  await database.executeSql(`insert into organizations (id, name) values ('elsewhere', 'Elsewhere')`)
  changes = await PrincipalChanges.open(database)
})
beforeEach(async () => {
  await database.executeSql(`delete from api_keys; delete from users where id <> 'admin'`)
  await heardAll()
  now = Date.now()
  keys = new ApiKeys(database, changes, { now: () => now })
})
afterAll(async () => {
  await changes.close()
  await database.close()
})

const isKept = (key: string, of = keys) => !(of.resolve(key) instanceof Promise)
const run = (text: string, ...values: unknown[]) => database.executeSql(text, values)

/** Waits for the notifications that are under way: they come in order. */
const heardAll = async () => {
  let heard = () => {}
  const isHeard = new Promise<void>((resolve) => {
    heard = resolve
  })
  const off = await database.listen('heard_all', () => heard())
  await database.notify('heard_all', '')
  await isHeard
  await off()
}

describe('a key', () => {
  it('that works is known without the database from its second use', async () => {
    await insertTestKey(database, 'k', { scopes: ['devices:read'] })
    const found = await keys.resolve('k')
    expect(found).toMatchObject({ kind: 'key', id: 'k', permissions: new Set(['devices:read']) })
    expect(keys.resolve('k')).toBe(found)
  })

  it('that is unknown is looked for each time, and works as soon as it exists', async () => {
    expect(await keys.resolve('k')).toBeUndefined()
    expect(isKept('k')).toBe(false)
    await insertTestKey(database, 'k')
    expect(await keys.resolve('k')).toMatchObject({ id: 'k' })
  })

  it('is looked for once when many requests come at the same moment', async () => {
    await insertTestKey(database, 'k')
    const looking = Array.from({ length: 20 }, () => keys.resolve('k'))
    expect(new Set(looking).size).toBe(1)
    expect(await looking[0]).toMatchObject({ id: 'k' })
  })

  it('stops at the moment it expires', async () => {
    await insertTestKey(database, 'k', { expiresAt: new Date(now + 5_000) })
    expect(await keys.resolve('k')).toMatchObject({ id: 'k' })
    now += 4_999
    expect(isKept('k')).toBe(true)
    now += 1
    expect(await keys.resolve('k')).toBeUndefined()
  })

  it('is looked for again after ten seconds, should a change have been missed', async () => {
    await insertTestKey(database, 'k')
    await keys.resolve('k')
    now += 9_999
    expect(isKept('k')).toBe(true)
    now += 1
    expect(isKept('k')).toBe(false)
  })

  it('shows when it was last used, to the minute', async () => {
    await insertTestKey(database, 'k')
    const lastUsed = async () => {
      await keys.resolve('k')
      return (await database.kysely.selectFrom('api_keys').select('last_used_at').executeTakeFirst())
        ?.last_used_at
    }
    const first = now
    expect(await lastUsed()).toEqual(new Date(first))
    now += 30_000
    expect(await lastUsed()).toEqual(new Date(first))
    now += 31_000
    expect(await lastUsed()).toEqual(new Date(now))
  })
})

describe('a key that is kept', () => {
  beforeEach(async () => {
    await insertTestUser(database, 'ada')
    await insertTestKey(database, 'k', { userId: 'ada' })
    await heardAll()
    expect(await keys.resolve('k')).toMatchObject({ name: 'ada', role: 'operator' })
    expect(isKept('k')).toBe(true)
  })

  it.each([
    ['is revoked', 'update api_keys set revoked_at = now()'],
    ['is deleted', 'delete from api_keys'],
    ['is rotated', `update api_keys set hash = '${hashOf('another')}'`],
    ['expires as of now', `update api_keys set expires_at = now() - interval '1 second'`],
    ['belongs to a user who is deactivated', `update users set status = 'inactive' where id = 'ada'`],
  ])('has stopped when its change is answered: it %s', async (_what, text) => {
    await run(text)
    expect(await keys.resolve('k')).toBeUndefined()
  })

  it.each([
    [
      'its scopes',
      `update api_keys set scopes = '["devices:read"]'`,
      { permissions: new Set(['devices:read']) },
    ],
    ['its user is renamed', `update users set name = 'Ada L.' where id = 'ada'`, { name: 'Ada L.' }],
    ['the role of its user', `update users set role = 'admin' where id = 'ada'`, { role: 'admin' }],
    ['its user is deleted', `delete from users where id = 'ada'`, { name: 'ada' }],
  ])('is read anew when that changes: %s', async (_what, text, expected) => {
    await run(text)
    expect(await keys.resolve('k')).toMatchObject(expected)
  })

  it('has stopped when the transaction that revokes it is over, not before', async () => {
    await database.kysely.transaction().execute(async (trx) => {
      await trx.updateTable('api_keys').set({ revoked_at: new Date() }).execute()
      expect(isKept('k')).toBe(true)
    })
    expect(isKept('k')).toBe(false)
    expect(await keys.resolve('k')).toBeUndefined()
  })

  it('stays kept when it is used, and when something of another organization changes', async () => {
    await insertTestKey(database, 'other', { organizationId: 'elsewhere' })
    await run('update api_keys set last_used_at = now()')
    await run(`update users set last_login = now() where id = 'ada'`)
    await run(`update api_keys set revoked_at = now() where organization_id = 'elsewhere'`)
    await heardAll()
    expect(isKept('k')).toBe(true)
  })
})

/** What a node hears of others, told by the test. */
async function controlledChanges() {
  let change = (_organizationId: string) => {}
  let hear = (_isListening: boolean) => {}
  const told = await PrincipalChanges.open({
    listen: async (_channel, fn) => {
      change = fn
      return async () => undefined
    },
    onListening: (fn) => {
      hear = fn
      return () => undefined
    },
  })
  return { told, change: (organizationId: string) => change(organizationId), hear: (is: boolean) => hear(is) }
}

describe('a key that is looked for while it is revoked', () => {
  it('is not kept, and who comes later does not share what was found before', async () => {
    await insertTestKey(database, 'k')
    // One that was used just now is read only.
    await run('update api_keys set last_used_at = now()')
    const { told, change } = await controlledChanges()
    let late: unknown
    const kysely = database.kysely.withPlugin({
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        if (late === undefined) {
          change('default')
          late = own.resolve('k')
        } else await early
        return result
      },
    })
    const own = new ApiKeys({ kysely }, told)
    const early = own.resolve('k')
    expect(await early).toMatchObject({ id: 'k' })
    expect(isKept('k', own)).toBe(false)
    expect(late).not.toBe(early)
    expect(await late).toMatchObject({ id: 'k' })
    expect(isKept('k', own)).toBe(true)
  })
})

describe('a node that does not hear the others', () => {
  it('asks the database each time until it hears them again, and forgets what it kept', async () => {
    const { told, hear } = await controlledChanges()
    const own = new ApiKeys(database, told)
    await insertTestKey(database, 'k')
    await own.resolve('k')
    expect(isKept('k', own)).toBe(true)
    hear(false)
    expect(isKept('k', own)).toBe(false)
    await own.resolve('k')
    expect(isKept('k', own)).toBe(false)
    hear(true)
    expect(isKept('k', own)).toBe(false)
    await own.resolve('k')
    expect(isKept('k', own)).toBe(true)
  })
})
