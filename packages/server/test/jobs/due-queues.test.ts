import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Database } from '../../src/database/client.js'
import { DueQueues } from '../../src/jobs/due-queues.js'
import { Jobs } from '../../src/jobs/jobs.js'
import { openTestDatabase } from '../database/test-database.js'

const PERIOD_MS = 500

describe('queues that nobody woke', () => {
  let database: Database
  let jobs: Jobs
  let due: DueQueues | undefined
  const onDue = vi.fn<(queue: string, time: Date) => void>()
  const past = new Date('2020-01-01')
  const onError = vi.fn<(error: unknown) => void>()

  const insert = (queue: string, startAfter: Date) =>
    sql`insert into pgboss.job (id, name, start_after) values (${uuidv7()}, ${queue}, ${startAfter})`.execute(
      database.kysely,
    )

  beforeEach(async () => {
    database = await openTestDatabase()
    jobs = await Jobs.start({ database, onError })
    for (const queue of ['due', 'later', 'empty', 'elsewhere']) await jobs.createQueue(queue)
    await insert('due', past)
    await insert('elsewhere', past)
    await insert('later', new Date('2999-01-01'))
    const queues = () => ['due', 'later', 'empty']
    due = new DueQueues({ database, queues, onDue, onError, period: PERIOD_MS })
  })
  afterEach(async () => {
    await due?.stop()
    vi.clearAllMocks()
    await jobs.stop()
    await database.close()
  })

  it('are woken when something in them is due, if they are worked on here', async () => {
    await vi.waitFor(() => expect(onDue.mock.calls.length).toBeGreaterThan(1), { timeout: 10_000 })
    expect(onDue.mock.calls.slice(0, 2)).toEqual([
      ['due', past],
      ['due', past],
    ])
    expect(onError).not.toHaveBeenCalled()
  })

  it('are known before, when something in them is due before the end of the next look', async () => {
    const time = new Date(Date.now() + PERIOD_MS)
    await insert('empty', time)
    await due?.look('empty')
    await due?.look('later')
    expect(onDue.mock.calls.filter(([queue]) => queue !== 'due')).toEqual([['empty', time]])
  })

  it('are looked at again after the database did not answer', async () => {
    vi.spyOn(database.kysely, 'getExecutor').mockImplementationOnce(() => {
      throw new Error('the connection was lost')
    })
    await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce(), { timeout: 10_000 })
    expect(onDue).not.toHaveBeenCalled()
    await vi.waitFor(() => expect(onDue).toHaveBeenCalledWith('due', past), { timeout: 10_000 })
  })

  it('are left alone once it is stopped', async () => {
    await due?.stop()
    onDue.mockClear()
    await due?.look('due')
    expect(onDue).not.toHaveBeenCalled()
  })
})
