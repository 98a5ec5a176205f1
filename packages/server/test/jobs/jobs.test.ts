import { v7 as uuidv7 } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Database, openDatabase } from '../../src/database/client.js'
import { type Job, Jobs } from '../../src/jobs/jobs.js'
import { type PostgresServer, postgresBinaries, startPostgres } from '../database/postgres-server.js'
import { openTestDatabase } from '../database/test-database.js'

const onError = vi.fn()
const ids = (count: number) => Array.from({ length: count }, () => uuidv7())

afterEach(() => {
  expect(onError).not.toHaveBeenCalled()
})

describe('a queue that is drained', () => {
  let database: Database
  let jobs: Jobs

  let queue: string

  beforeAll(async () => {
    database = await openTestDatabase()
    jobs = await Jobs.start({ database, onError })
  })
  beforeEach(async () => {
    queue = `work-${uuidv7()}`
    await jobs.createQueue(queue)
  })
  afterAll(async () => {
    await jobs.stop()
    await database.close()
  })

  const insert = (queued: readonly string[]) =>
    database.kysely.transaction().execute((trx) =>
      jobs.insert(
        trx,
        queued.map((id) => ({ queue, id })),
      ),
    )
  const remove = (done: readonly string[]) => jobs.removal(queue, done).execute(database.kysely)

  it('hands its jobs over in the order they were queued', async () => {
    const queued = ids(25)
    await insert(queued.slice(0, 10))
    await insert(queued.slice(10))
    const taken: string[] = []
    jobs.drain(queue, {
      count: () => 4,
      handle: async (batch) => {
        taken.push(...batch.map(({ id }) => id))
        await remove(batch.map(({ id }) => id))
      },
    })
    await vi.waitFor(() => expect(taken).toHaveLength(25), 10_000)
    expect(taken).toEqual(queued)
  })

  it('hands over again what was left, with what was written to it', async () => {
    const [first = '', second = ''] = ids(2)
    await insert([first, second])
    const taken: Job<unknown>[] = []
    jobs.drain(queue, {
      count: () => 2,
      handle: async (batch) => {
        taken.push(...batch)
        if (taken.length > 2) return void (await remove([second]))
        await remove([first])
        await jobs.rewriting(queue, second, { left: 1 }).execute(database.kysely)
      },
    })
    await vi.waitFor(() => expect(taken).toHaveLength(3), 10_000)
    expect(taken.map(({ id, data }) => [id, data])).toEqual([
      [first, null],
      [second, null],
      [second, { left: 1 }],
    ])
  })

  it('keeps what only a newer version can read, and hands over the rest', async () => {
    const [known = '', newer = '', strange = ''] = ids(3)
    const formed = [
      { queue, id: newer, data: { form: 3 } },
      { queue, id: strange, data: { form: 'new' } },
      { queue, id: known, data: { form: 2 } },
    ]
    await database.kysely.transaction().execute((trx) => jobs.insert(trx, formed))
    const handle = vi.fn(async (batch: Job[]) => {
      await remove(batch.map(({ id }) => id))
    })
    const worker = jobs.drain(queue, { newestForm: 2, count: () => 1, handle })
    await vi.waitFor(() => expect(handle).toHaveBeenCalledOnce(), 10_000)
    expect(handle.mock.calls[0]?.[0]).toEqual([{ id: known, data: { form: 2 } }])
    await worker.stop()
    expect(await jobs.size(queue)).toBe(2)
    expect(String(onError.mock.calls)).toContain('have form 3, and this version knows forms up to 2')
    onError.mockClear()

    await database.executeSql('update pgboss.job set start_after = now() where name = $1', [queue])
    const other = jobs.work(queue, { maxBatch: 9, newestForm: 3, handle })
    await vi.waitFor(() => expect(handle).toHaveBeenCalledTimes(2), 10_000)
    await other.stop()
    expect(handle.mock.calls[1]?.[0].map(({ id }) => id)).toEqual([newer])
    expect(await jobs.size(queue)).toBe(1)
    onError.mockClear()
  })

  it('is taken up although the database did not answer at first', async () => {
    const [id = ''] = ids(1)
    await insert([id])
    vi.spyOn(database, 'executeSql').mockRejectedValueOnce(new Error('the connection was lost'))
    const taken: string[] = []
    jobs.drain(queue, {
      count: () => 1,
      handle: async (batch) => {
        taken.push(...batch.map((job) => job.id))
        await remove(taken)
      },
    })
    await vi.waitFor(() => expect(taken).toEqual([id]), 10_000)
    expect(onError).toHaveBeenCalledOnce()
    onError.mockClear()
  })

  it('is empty after many jobs went through it, and its table is vacuumed on the way', async () => {
    const executed = vi.spyOn(database, 'executeSql')
    const queued = ids(1_000)
    await insert(queued)
    await remove(queued)
    await vi.waitFor(() =>
      expect(executed.mock.calls.map(([text]) => text)).toContainEqual(
        expect.stringMatching(/^vacuum .*pgboss/),
      ),
    )
    expect(await jobs.size(queue)).toBe(0)
  })
})

// Reason to skip: the binaries of PostgreSQL are not on this machine.
describe.runIf(await postgresBinaries())('on PostgreSQL', () => {
  let postgres: PostgresServer
  let database: Database

  beforeAll(async () => {
    postgres = await startPostgres((await postgresBinaries()) ?? '')
    database = await openDatabase({ dataDir: '', databaseUrl: postgres.url })
  })
  afterAll(async () => {
    await database.close()
    await postgres.stop()
  })

  it('queues are created side by side, by whoever needs them', async () => {
    const nodes = await Promise.all([1, 2].map(() => Jobs.start({ database, onError })))
    const created = nodes.flatMap((jobs, node) =>
      Array.from({ length: 12 }, (_, index) => jobs.createQueue(`queue-${node}-${index}`)),
    )
    await Promise.all(created)
    const { rows } = await database.executeSql(`select name from pgboss.queue where name like 'queue-%'`)
    expect(rows).toHaveLength(24)
    for (const jobs of nodes) await jobs.stop()
  })

  it('more works that nobody else may do than there are connections do not wait for each other', async () => {
    const done = await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        database.leases.exclusively(`work-${index}`, async () => {
          const { rows } = await database.executeSql('select 1')
          return rows.length
        }),
      ),
    )
    expect(done).toEqual(Array.from({ length: 25 }, () => 1))
  })
})
