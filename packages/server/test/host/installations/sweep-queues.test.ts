import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../../src/database/client.js'
import { deliveryQueue, taskQueue } from '../../../src/host/installations/installation.js'
import { sweepQueues } from '../../../src/host/installations/sweep-queues.js'
import { Jobs } from '../../../src/jobs/jobs.js'
import { openTestDatabase } from '../../database/test-database.js'

let database: Database
let jobs: Jobs

beforeAll(async () => {
  database = await openTestDatabase()
  jobs = await Jobs.start({
    database,
    onError: (error) => {
      throw error
    },
  })
})
afterAll(async () => {
  await jobs.stop()
  await database.close()
})

const queues = async () => {
  const { rows } = await database.executeSql(
    String.raw`select name from pgboss.queue where name not like '\_\_pgboss%' order by name`,
  )
  return rows.map((row) => (row as { name: string }).name)
}
const insertInstallation = (id: string) =>
  database.kysely.insertInto('installations').values({
    id,
    organization_id: 'default',
    plugin_id: id,
    version: '1.0.0',
    state: 'installed',
    reason: null,
    enabled: false,
    permissions: '[]',
    config: '',
    registrations: '{}',
  })

it('removes the queues of installations that are gone, and nothing else', async () => {
  await insertInstallation('there').execute()
  for (const id of ['there', 'gone']) {
    await jobs.createQueue(deliveryQueue(id))
    await jobs.createQueue(taskQueue(id))
  }
  await jobs.createQueue('webhooks')
  await database.kysely
    .transaction()
    .execute((trx) => jobs.insert(trx, [{ queue: deliveryQueue('gone') }, { queue: deliveryQueue('there') }]))
  await sweepQueues(database, jobs)
  expect(await queues()).toEqual([deliveryQueue('there'), taskQueue('there'), 'webhooks'])
  expect(await jobs.size(deliveryQueue('there'))).toBe(1)
})

it('finds no queue of an installation that is being made: both come at once, or neither does', async () => {
  const before = await queues()
  const failing = jobs.createQueues([deliveryQueue('new'), taskQueue('new')], async (trx) => {
    await trx
      .insertInto('installations')
      .expression(trx.selectFrom('installations').selectAll().where('id', '=', 'there'))
      .execute()
  })
  await expect(failing).rejects.toThrow(/duplicate key/)
  expect(await queues()).toEqual(before)
})
