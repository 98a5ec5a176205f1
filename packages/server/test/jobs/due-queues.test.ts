import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Database } from '../../src/database/client.js'
import { DueQueues } from '../../src/jobs/due-queues.js'
import { Jobs } from '../../src/jobs/jobs.js'
import { openTestDatabase } from '../database/test-database.js'

const LOOK_MS = 5_000

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
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    due = new DueQueues({ database, queues: () => ['due', 'later', 'empty'], onDue, onError })
  })
  afterEach(async () => {
    await due?.stop()
    vi.useRealTimers()
    vi.clearAllMocks()
    await jobs.stop()
    await database.close()
  })

  it('are woken when something in them is due, if they are worked on here', async () => {
    vi.advanceTimersByTime(LOOK_MS)
    await vi.waitFor(() => expect(onDue).toHaveBeenCalled())
    expect(onDue.mock.calls).toEqual([['due', past]])
    expect(onError).not.toHaveBeenCalled()
  })

  it('are known before, when something in them is due before the next look', async () => {
    const time = new Date(Date.now() + LOOK_MS - 1_000)
    await insert('empty', time)
    vi.advanceTimersByTime(LOOK_MS)
    await vi.waitFor(() => expect(onDue).toHaveBeenCalledWith('empty', time))
    expect(onDue.mock.calls.map(([queue]) => queue).toSorted()).toEqual(['due', 'empty'])
  })

  it('are looked at again after the database did not answer', async () => {
    vi.spyOn(database.kysely, 'getExecutor').mockImplementationOnce(() => {
      throw new Error('the connection was lost')
    })
    vi.advanceTimersByTime(LOOK_MS)
    await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce())
    await new Promise(setImmediate)
    vi.advanceTimersByTime(LOOK_MS)
    await vi.waitFor(() => expect(onDue.mock.calls).toEqual([['due', past]]))
  })

  it('are left alone once it is stopped', async () => {
    await due?.stop()
    vi.advanceTimersByTime(3 * LOOK_MS)
    await new Promise(setImmediate)
    expect(onDue).not.toHaveBeenCalled()
  })
})
