import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/client.js'
import { deliveryBatch } from '../../src/events/delivery-batch.js'
import { entriesOf, readDeliveries } from '../../src/events/queued-deliveries.js'
import { RecentEvents } from '../../src/events/recent-events.js'
import { openTestDatabase } from '../database/test-database.js'

describe('deliveries of large events', () => {
  let database: Database
  const ids = Array.from({ length: 24 }, () => uuidv7())
  const forgotten = uuidv7()
  const read = (events: string[]) => {
    const source = { database, recent: new RecentEvents(), organization_id: 'default' }
    return readDeliveries(source, entriesOf({ id: uuidv7(), data: { events } }))
  }

  beforeAll(async () => {
    database = await openTestDatabase()
    await database.executeSql(
      `insert into organizations (id, name) values ('default', 'Default') on conflict do nothing`,
    )
    await database.executeSql(
      `insert into events (event_id, organization_id, name, payload)
       select id, 'default', 'file.seen', json_build_object('text', repeat('x', 1000000))
       from unnest($1::uuid[]) as id`,
      [ids],
    )
  })
  afterAll(() => database.close())

  it('are read as far as memory allows, in their order, and the rest later', async () => {
    const wanted = [forgotten, ...ids]
    const first = await read(wanted)
    expect(first.deliveries.map(({ event }) => event.event_id)).toEqual(ids.slice(0, 16))
    expect(first.read).toBe(17)
    const second = await read(wanted.slice(first.read))
    expect(second.deliveries.map(({ event }) => event.event_id)).toEqual(ids.slice(16))
    expect(second.read).toBe(8)
    expect(second.deliveries[0]?.event.payload).toEqual({ text: 'x'.repeat(1_000_000) })
  })

  it('go to their plugin a few at a time', async () => {
    const { deliveries } = await read(ids.slice(0, 6))
    expect(deliveryBatch(deliveries, 0, 300)).toEqual(deliveries.slice(0, 3))
    expect(deliveryBatch(deliveries, 4, 300)).toEqual(deliveries.slice(4))
    expect(deliveryBatch(deliveries, 1, 2)).toEqual(deliveries.slice(1, 3))
    const [heavy] = deliveries
    const heavier = heavy ? [{ ...heavy, size: 9_000_000 }, heavy] : []
    expect(deliveryBatch(heavier, 0, 300)).toEqual(heavier.slice(0, 1))
  })
})
