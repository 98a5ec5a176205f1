import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/database/client.js'
import { forgetOld } from '../../src/events/housekeeping.js'
import { openTestDatabase } from '../database/test-database.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

it('forgets old events and deliveries, as many as there are, but no event of a dead letter', async () => {
  await database.executeSql(`
    insert into organizations (id, name) values ('default', 'Default'), ('other', 'Other') on conflict do nothing;
    insert into installations (id, organization_id, plugin_id, version, state, permissions, config, registrations)
    values ('one', 'default', 'one', '1.0.0', 'enabled', '[]', '', '{}');
    insert into events (event_id, organization_id, name, payload, occurred_at)
    select gen_random_uuid(), 'default', 'order.placed', '{}', now() - interval '31 days' from generate_series(1, 7000);
    insert into events (event_id, organization_id, name, payload, occurred_at)
    select ('00000000-0000-7000-8000-00000000000' || n)::uuid, organization, 'order.' || n, '{}', now() - n * interval '20 days'
    from generate_series(1, 2) as n, unnest(array['default', 'other']) as organization;
    insert into dead_letters (id, organization_id, installation_id, plugin_id, event_id, event, handlers, error, attempts)
    values (gen_random_uuid(), 'default', 'one', 'one', '00000000-0000-7000-8000-000000000002', 'order.2', '[]', '', 5);
    insert into deliveries
      (organization_id, installation_id, event_id, event, status, attempt, handlers, failures, duration_ms, created_at)
    select 'default', 'one', gen_random_uuid(), 'order.placed', 'delivered', 1, '[]', '[]', 1, now() - n * interval '1 day'
    from generate_series(6, 8) as n;
  `)
  await forgetOld(database)
  const kept = await database.executeSql('select organization_id, name from events order by name, 1')
  expect(kept.rows).toEqual([
    { organization_id: 'default', name: 'order.1' },
    { organization_id: 'other', name: 'order.1' },
    { organization_id: 'default', name: 'order.2' },
  ])
  const { rows } = await database.executeSql('select id from deliveries')
  expect(rows).toHaveLength(1)
})

// PostgreSQL does this by itself, when it has time.
it.runIf(process.env.OPS_CENTER_TEST_POSTGRES === undefined)('gives their room to new ones', async () => {
  const size = async () => {
    const { rows } = await database.executeSql(`select pg_relation_size('events')::int as bytes`)
    return rows[0]
  }
  const before = await size()
  await database.executeSql(`
    insert into events (event_id, organization_id, name, payload)
    select gen_random_uuid(), 'default', 'order.placed', '{}' from generate_series(1, 6000)
  `)
  expect(await size()).toEqual(before)
})
