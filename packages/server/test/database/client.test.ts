import { tmpdir } from 'node:os'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Database, executeSqlIn, openDatabase } from '../../src/database/client.js'
import { isDatabaseUnavailable } from '../../src/database/unavailable.js'
import {
  createPostgresDatabase,
  type PostgresServer,
  postgresBinaries,
  startPostgres,
} from './postgres-server.js'
import { openTestDatabase } from './test-database.js'

const binaries = await postgresBinaries()

describe('a database on PGlite', () => {
  behavesAsADatabase('pglite', openTestDatabase)
})

// Reason to skip: the binaries of PostgreSQL are not on this machine.
describe.skipIf(binaries === undefined)('a database on a PostgreSQL server', () => {
  let server: PostgresServer

  beforeAll(async () => {
    server = await startPostgres(binaries ?? '')
  })
  afterAll(() => server.stop())

  behavesAsADatabase('postgres', async () =>
    openDatabase({ dataDir: tmpdir(), databaseUrl: await createPostgresDatabase(server.url) }),
  )

  it('hears notifications of other servers, and again after its connection was lost', async () => {
    const databaseUrl = await createPostgresDatabase(server.url)
    const lost: string[] = []
    const [one, two] = await Promise.all([
      openDatabase({ dataDir: tmpdir(), databaseUrl, onError: ({ message }) => lost.push(message) }),
      openDatabase({ dataDir: tmpdir(), databaseUrl }),
    ])
    const heard: string[] = []
    await one.listen('wake', (payload) => heard.push(payload))
    await two.notify('wake', 'first')
    await vi.waitFor(() => expect(heard).toEqual(['first']))

    await two.executeSql(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()
    `)
    await vi.waitFor(
      async () => {
        await two.notify('wake', 'later')
        expect(heard).toContain('later')
      },
      { timeout: 10_000, interval: 100 },
    )
    expect(lost.join()).toMatch(/terminat/)
    expect((await one.executeSql('select 1 as one')).rows).toEqual([{ one: 1 }])
    await one.close()
    await two.close()
  })

  it('fails a transaction whose connection ends between two queries, and nothing else', async () => {
    const database = await openDatabase({
      dataDir: tmpdir(),
      databaseUrl: await createPostgresDatabase(server.url),
    })
    const half = database.kysely.transaction().execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
      await database.executeSql('select pg_terminate_backend($1)', [rows[0]?.pid])
      // Its end arrives while no query is under way: an error that nobody hears would end the process.
      await vi.waitFor(async () => {
        const { rows: left } = await database.executeSql('select 1 from pg_stat_activity where pid = $1', [
          rows[0]?.pid,
        ])
        expect(left).toEqual([])
      })
      await sql`select 1`.execute(trx)
    })
    await expect(half).rejects.toSatisfy(isDatabaseUnavailable)
    expect((await database.executeSql('select 1 as one')).rows).toEqual([{ one: 1 }])
    await database.close()
  })

  it('ends a transaction that a node which froze has left open', async () => {
    const database = await openDatabase({ dataDir: tmpdir(), databaseUrl: server.url, migrate: false })
    expect((await database.executeSql('show idle_in_transaction_session_timeout')).rows).toEqual([
      { idle_in_transaction_session_timeout: '1min' },
    ])
    await database.close()
  })

  it('is brought up to date once by servers that start at the same time', async () => {
    const databaseUrl = await createPostgresDatabase(server.url)
    const all = await Promise.all([1, 2, 3].map(() => openDatabase({ dataDir: tmpdir(), databaseUrl })))
    for (const database of all) {
      const { rows } = await database.executeSql('select id from organizations')
      expect(rows).toEqual([{ id: 'default' }])
      await database.close()
    }
  })

  it('is refused when a newer server has changed it', async () => {
    const databaseUrl = await createPostgresDatabase(server.url)
    const database = await openDatabase({ dataDir: tmpdir(), databaseUrl })
    await database.executeSql(`insert into kysely_migration (name, timestamp) values ('9999-future', 'x')`)
    await database.close()
    await expect(openDatabase({ dataDir: tmpdir(), databaseUrl })).rejects.toThrow(
      expect.objectContaining({
        code: 'database_migration_failed',
        message: expect.stringMatching(/another version of Ops-Center/),
      }),
    )
  })
})

function behavesAsADatabase(engine: Database['engine'], open: () => Promise<Database>): void {
  describe(`(${engine})`, () => {
    let database: Database

    beforeAll(async () => {
      database = await open()
    })
    afterAll(() => database.close())

    const organizations = async () =>
      (await database.kysely.selectFrom('organizations').select('id').orderBy('id').execute()).map(
        ({ id }) => id,
      )

    it('says what it is', () => {
      expect(database.engine).toBe(engine)
    })

    it('runs many statements in one text, and one statement with values', async () => {
      await database.executeSql('create table pairs (a int, b text); insert into pairs values (1, $$one$$)')
      expect(
        await database.executeSql('insert into pairs values ($1, $2), (3, null)', [2, 'two']),
      ).toMatchObject({
        rowCount: 2,
      })
      expect(await database.executeSql('select * from pairs where a = $1', [2])).toEqual({
        rows: [{ a: 2, b: 'two' }],
        rowCount: 1,
      })
      expect((await database.executeSql('select 1; select a from pairs order by a')).rows).toHaveLength(3)
    })

    it('reads the same types from both engines', async () => {
      const { rows } = await database.executeSql(
        `select 9007199254740993::bigint as big, '2026-01-27T10:30:45.123Z'::timestamptz as time,
          '{"a":"\\u0000"}'::json as json, array['a', 'b'] as list, true as yes, null as nothing, 1.5::float8 as float`,
      )
      expect(rows).toEqual([
        {
          big: '9007199254740993',
          time: new Date('2026-01-27T10:30:45.123Z'),
          json: { a: '\0' },
          list: ['a', 'b'],
          yes: true,
          nothing: null,
          float: 1.5,
        },
      ])
    })

    it('gives the code and constraint of errors, and works on after them', async () => {
      await expect(
        database.executeSql(`insert into organizations (id, name) values ('default', 'x')`),
      ).rejects.toThrow(expect.objectContaining({ code: '23505', constraint: 'organizations_pkey' }))
      await expect(database.executeSql('nonsense')).rejects.toThrow('nonsense')
      expect(await organizations()).toEqual(['default'])
    })

    it('keeps other statements out of a transaction, and undoes it as a whole', async () => {
      const failed = database.kysely.transaction().execute(async (trx) => {
        await executeSqlIn(trx)('insert into organizations (id, name) values ($1, $2)', ['inside', 'x'])
        expect(await executeSqlIn(trx)('select id from organizations where id = $1', ['inside'])).toEqual({
          rows: [{ id: 'inside' }],
          rowCount: 1,
        })
        void outside.push(organizations())
        await sql`select 1`.execute(trx)
        throw new Error('changed my mind')
      })
      const outside: Promise<string[]>[] = []
      await expect(failed).rejects.toThrow('changed my mind')
      expect(await Promise.all(outside)).toEqual([['default']])
    })

    it('runs many statements in one text inside a transaction', async () => {
      await database.kysely.transaction().execute(async (trx) => {
        await executeSqlIn(trx)('create table inside (a int); insert into inside values (7)')
        expect((await executeSqlIn(trx)('select a from inside')).rows).toEqual([{ a: 7 }])
      })
    })

    it('tells listeners what is notified, when the transaction that did it is kept', async () => {
      const heard: string[] = []
      const off = await database.listen('Wake "up"', (payload) => heard.push(payload))
      const other = await database.listen('Wake "up"', (payload) => heard.push(`other ${payload}`))
      await database.notify('Wake "up"', 'one')
      await vi.waitFor(() => expect(heard).toEqual(['one', 'other one']))

      await database.kysely
        .transaction()
        .execute(async (trx) => {
          await executeSqlIn(trx)('select pg_notify($1, $2)', ['Wake "up"', 'never'])
          throw new Error('undone')
        })
        .catch(() => undefined)
      await other()
      await database.notify('Wake "up"', 'two')
      await vi.waitFor(() => expect(heard).toEqual(['one', 'other one', 'two']))
      await off()
      await database.notify('Wake "up"', 'three')
      await database.executeSql('select 1')
      expect(heard).toEqual(['one', 'other one', 'two'])
    })
  })
}
