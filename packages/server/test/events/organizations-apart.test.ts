import { pino } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/client.js'
import { createEventPublisher } from '../../src/events/create-event-publisher.js'
import type { EventPublisher } from '../../src/events/event-publisher.js'
import { entriesOf, readDeliveries } from '../../src/events/queued-deliveries.js'
import { RecentEvents } from '../../src/events/recent-events.js'
import { Jobs } from '../../src/jobs/jobs.js'
import { openTestDatabase } from '../database/test-database.js'

describe('two organizations whose events have the same id', () => {
  let database: Database
  let jobs: Jobs
  let events: EventPublisher
  const event_id = uuidv7()
  const recent = new RecentEvents()
  const publish = (organization_id: string, id = event_id) =>
    database.kysely.transaction().execute((trx) =>
      events.publish(trx, {
        organization_id,
        name: 'order.placed',
        payload: { from: organization_id },
        event_id: id,
      }),
    )
  const payloadsFor = async (organization_id: string, cache: RecentEvents) => {
    const source = { database, recent: cache, organization_id }
    const { deliveries } = await readDeliveries(source, entriesOf({ id: event_id, data: null }))
    return deliveries.map(({ event }) => event.payload)
  }

  beforeAll(async () => {
    database = await openTestDatabase()
    await database.executeSql(
      `insert into organizations (id, name) values ('ours', 'Ours'), ('theirs', 'Theirs')`,
    )
    jobs = await Jobs.start({ database, onError: () => undefined })
    events = createEventPublisher({ jobs, recent, logger: pino({ level: 'silent' }), hearers: () => [] })
    await publish('theirs')
    await publish('ours')
  })
  afterAll(async () => {
    await jobs.stop()
    await database.close()
  })

  it('each keep theirs', async () => {
    const { rows } = await database.executeSql(
      'select organization_id, payload from events where event_id = $1 order by 1',
      [event_id],
    )
    expect(rows).toEqual([
      { organization_id: 'ours', payload: { from: 'ours' } },
      { organization_id: 'theirs', payload: { from: 'theirs' } },
    ])
  })

  it('each hear theirs, from memory and from the database', async () => {
    for (const cache of [recent, new RecentEvents()]) {
      expect(await payloadsFor('ours', cache)).toEqual([{ from: 'ours' }])
      expect(await payloadsFor('theirs', cache)).toEqual([{ from: 'theirs' }])
      expect(await payloadsFor('default', cache)).toEqual([])
    }
  })

  it('tell an event once, however the id is written', async () => {
    await publish('ours', event_id.toUpperCase())
    const { rows } = await database.executeSql('select from events where event_id = $1', [event_id])
    expect(rows).toHaveLength(2)
  })
})
