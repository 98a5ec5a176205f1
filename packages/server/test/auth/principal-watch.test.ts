import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { findKey } from '../../src/auth/find-key.js'
import { PrincipalChanges } from '../../src/auth/principal-changes.js'
import { PrincipalWatch } from '../../src/auth/principal-watch.js'
import type { Database } from '../../src/database/client.js'
import { openTestDatabase } from '../database/test-database.js'
import { insertTestKey, insertTestUser } from './test-keys.js'

let database: Database
let changes: PrincipalChanges
let watch: PrincipalWatch
let ended: string[]
let looks: number
const errors: unknown[] = []

beforeAll(async () => {
  database = await openTestDatabase()
  changes = await PrincipalChanges.open(database)
})
beforeEach(async () => {
  const kysely = database.kysely.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      looks += 1
      return result
    },
  })
  watch = new PrincipalWatch({ kysely }, changes, (error) => errors.push(error))
  await database.executeSql(`delete from api_keys; delete from users where id <> 'admin'`)
  ended = []
  looks = 0
  errors.length = 0
})
afterEach(() => watch.close())
afterAll(async () => {
  await changes.close()
  await database.close()
})

const open = async (key: string, name = key) => {
  const found = await findKey(database, key)
  if (!found) throw new Error(`The key ${key} does not work`)
  return watch.watch(found.principal, () => ended.push(name))
}
const run = (text: string) => database.executeSql(text)
/** Does something that has the watch look again, and waits until it did; no clock that a test sets is asked. */
const looked = async (action: () => unknown) => {
  const before = looks
  await action()
  while (looks === before) await immediate()
  for (let round = 0; round < 3; round += 1) await immediate()
}
const immediate = () => new Promise((resolve) => setImmediate(resolve))

describe('what is open', () => {
  it('ends when its key is revoked, each of several once, and others stay', async () => {
    await insertTestKey(database, 'k')
    await insertTestKey(database, 'other')
    await open('k', 'first')
    await open('k', 'second')
    const off = await open('other')
    await run(`update api_keys set revoked_at = now() where id = 'k'`)
    await vi.waitFor(() => expect(ended).toEqual(['first', 'second']))
    await looked(() => run(`update api_keys set name = 'x' where id = 'other'`))
    expect(ended).toEqual(['first', 'second'])
    off()
  })

  it('ends when its user is deactivated', async () => {
    await insertTestUser(database, 'ada')
    await insertTestKey(database, 'k', { userId: 'ada' })
    await open('k')
    await run(`update users set status = 'inactive' where id = 'ada'`)
    await vi.waitFor(() => expect(ended).toEqual(['k']))
  })

  it('ends when its key may do less than before, not when it may do more', async () => {
    await insertTestUser(database, 'ada', 'viewer')
    await insertTestKey(database, 'k', { userId: 'ada' })
    await open('k')
    await looked(() => run(`update users set role = 'admin' where id = 'ada'`))
    expect(ended).toEqual([])
    await open('k', 'as admin')
    await run(`update users set role = 'operator' where id = 'ada'`)
    await vi.waitFor(() => expect(ended).toEqual(['as admin']))
  })

  it('ends when its key expires', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      // One timer reaches 24.8 days.
      const longest = 2 ** 31 - 1
      await insertTestKey(database, 'k', { expiresAt: new Date(Date.now() + longest + 1_000) })
      await open('k')
      await looked(() => vi.advanceTimersByTime(250))
      await looked(() => vi.advanceTimersByTime(longest))
      vi.advanceTimersByTime(749)
      expect([ended, looks]).toEqual([[], 2])
      await looked(() => vi.advanceTimersByTime(1))
      expect([ended, errors]).toEqual([['k'], []])
    } finally {
      vi.useRealTimers()
    }
  })

  it('ends when its key was revoked before it was watched', async () => {
    await insertTestKey(database, 'k')
    const found = await findKey(database, 'k')
    if (!found) throw new Error('The key does not work')
    await run('update api_keys set revoked_at = now()')
    watch.watch(found.principal, () => ended.push('k'))
    await vi.waitFor(() => expect(ended).toEqual(['k']))
  })

  it('is looked at no sooner than a moment later, for most things are closed by then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      await insertTestKey(database, 'k')
      const found = await findKey(database, 'k')
      if (!found) throw new Error('The key does not work')
      await run('update api_keys set revoked_at = now()')
      const off = watch.watch(found.principal, () => ended.push('short'))
      off()
      watch.watch(found.principal, () => ended.push('long'))
      vi.advanceTimersByTime(200)
      watch.watch(found.principal, () => ended.push('later'))
      vi.advanceTimersByTime(49)
      expect(looks).toBe(0)
      await looked(() => vi.advanceTimersByTime(1))
      expect(ended).toEqual(['long', 'later'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('is left alone once it was closed', async () => {
    await insertTestKey(database, 'k')
    const off = await open('k')
    off()
    await run('update api_keys set revoked_at = now()')
    expect([ended, looks]).toEqual([[], 0])
  })

  it('is judged later when the database does not answer', async () => {
    await insertTestKey(database, 'k')
    const found = await findKey(database, 'k')
    if (!found) throw new Error('The key does not work')
    let isAway = true
    const failing = database.kysely.withPlugin({
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        if (isAway) throw new Error('the database is away')
        return result
      },
    })
    const own = new PrincipalWatch({ kysely: failing }, changes, (error) => errors.push(error))
    own.watch(found.principal, () => ended.push('k'))
    await vi.waitFor(() => expect(errors).toMatchObject([{ message: 'the database is away' }]))
    await run('update api_keys set revoked_at = now()')
    isAway = false
    await vi.waitFor(() => expect(ended).toEqual(['k']), { timeout: 5_000 })
    own.close()
  })
})
