import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/database/client.js'
import { openTestDatabase } from './test-database.js'

let database: Database

beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

it('deliveries leave with their installation, and others stay', async () => {
  const { executeSql } = database
  for (const id of ['one', 'other']) {
    await executeSql(
      `insert into installations (id, organization_id, plugin_id, version, state, permissions, config, registrations)
       values ($1, 'default', $1, '1.0.0', 'enabled', '[]', '', '{}')`,
      [id],
    )
    await executeSql(
      `insert into deliveries
         (organization_id, installation_id, event_id, event, status, attempt, handlers, failures, duration_ms)
       values ('default', $1, $2, 'device.created', 'delivered', 1, '[]', '[]', 1)`,
      [id, randomUUID()],
    )
  }
  await executeSql(`delete from installations where id = 'one'`)
  const { rows } = await executeSql('select installation_id from deliveries')
  expect(rows).toEqual([{ installation_id: 'other' }])
})
