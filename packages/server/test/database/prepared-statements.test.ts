import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../src/database/client.js'
import { openTestDatabase } from './test-database.js'

/** Prepared statements are of PGlite's connection alone, whatever else tests run on. */
const isPglite = process.env.OPS_CENTER_TEST_POSTGRES === undefined

describe.runIf(isPglite)('statements that PGlite keeps prepared', () => {
  let database: Database
  const run = async (text: string, ...values: unknown[]) => (await database.executeSql(text, values)).rows
  const prepared = async () =>
    (await database.executeSql('select statement from pg_prepared_statements')).rows.map((row) =>
      String(Object.values(row ?? {})[0]),
    )
  beforeAll(async () => {
    database = await openTestDatabase()
    await database.executeSql('create table things (id int primary key, name text)')
  })
  afterAll(() => database.close())

  it('give each use its own values, and are prepared from the second on', async () => {
    const text = 'select $1::int + 1 as next, $2::text as name'
    for (const value of [1, 2, 3])
      expect(await run(text, value, 'a')).toEqual([{ next: value + 1, name: 'a' }])
    expect(await prepared()).toContain(text)
    await run('select $1::int as once', 1)
    expect(await prepared()).not.toContain('select $1::int as once')
  })

  it('work again after one of them failed, alone or in a transaction', async () => {
    const insert = 'insert into things (id, name) values ($1, $2)'
    for (const id of [1, 2]) await run(insert, id, 'first')
    await expect(run(insert, 1, 'again')).rejects.toMatchObject({ code: '23505' })
    await expect(
      database.kysely.transaction().execute(async (trx) => {
        await sql`insert into things (id, name) values (${3}, ${'rolled back'})`.execute(trx)
        await sql`insert into things (id, name) values (${3}, ${'rolled back'})`.execute(trx)
      }),
    ).rejects.toMatchObject({ code: '23505' })
    await run(insert, 3, 'after that')
    expect(await run('select id from things where id > $1 order by id', 0)).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 3 },
    ])
  })

  it('are not those of many values', async () => {
    const places = Array.from({ length: 1_000 }, (_, index) => `($${index + 1}::int)`)
    const text = `select sum(n)::int as sum from (values ${places.join(', ')}) as given (n)`
    for (const value of [1, 2, 3])
      expect(await run(text, ...places.map(() => value))).toEqual([{ sum: 1_000 * value }])
    expect(await prepared()).not.toContain(text)
  })

  it('leave no transaction behind when one of several in a text fails', async () => {
    await expect(database.executeSql('begin; select 1 / 0; commit')).rejects.toMatchObject({ code: '22012' })
    expect(await run('select 1 as one')).toEqual([{ one: 1 }])
  })

  it('see indexes and columns that come later', async () => {
    const text = 'select name from things where id = $1'
    for (const id of [1, 2, 1]) expect(await run(text, id)).toHaveLength(1)
    await database.executeSql('create index on things (name)')
    await database.executeSql('alter table things add column size int')
    expect(await run(text, 1)).toEqual([{ name: 'first' }])
  })

  it('are not more than so many, and the others work all the same', async () => {
    const other = await openDatabase({ dataDir: '.', databaseUrl: 'memory:', migrate: false })
    try {
      for (let index = 0; index < 260; index += 1) {
        const text = `select $1::int + ${index} as sum`
        for (const value of [1, 2]) {
          expect((await other.executeSql(text, [value])).rows).toEqual([{ sum: value + index }])
        }
      }
      const count = await other.executeSql('select count(*)::int as n from pg_prepared_statements')
      expect(count.rows).toEqual([{ n: 256 }])
    } finally {
      await other.close()
    }
  })
})
