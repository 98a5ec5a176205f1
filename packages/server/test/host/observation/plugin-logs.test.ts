import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../../src/database/client.js'
import { PluginLogs } from '../../../src/host/observation/plugin-logs.js'
import { PluginMetrics } from '../../../src/host/observation/plugin-metrics.js'
import { createServerMetrics } from '../../../src/http/server-metrics.js'
import { openTestDatabase } from '../../database/test-database.js'

let database: Database

beforeAll(async () => {
  database = await openTestDatabase()
  await database.executeSql(`
    insert into organizations (id, name) values ('default', 'Default') on conflict do nothing;
    insert into installations (id, organization_id, plugin_id, version, state, permissions, config, registrations)
    values ('one', 'default', 'one', '1.0.0', 'enabled', '[]', '', '{}'),
      ('two', 'default', 'two', '1.0.0', 'enabled', '[]', '', '{}')
  `)
})
afterAll(() => database.close())

it('keeps the lines of all plugins, though one writes what no database can hold', async () => {
  const metrics = new PluginMetrics(createServerMetrics(database))
  const logs = new PluginLogs(database, pino({ level: 'silent' }), metrics)
  const before = Date.now() - 1_000
  for (const time of ['-271821-04-20T00:00:00Z', '+275760-09-13T00:00:00Z', 'never'])
    logs.capture('one', JSON.stringify({ time, level: 'info', message: 'odd \0' }), 'stdout')
  logs.capture(
    'two',
    JSON.stringify({ time: '2026-01-27T10:30:45Z', level: 'info', message: 'fine' }),
    'stdout',
  )
  expect(await logs.read('two', { lines: 10 })).toMatchObject([
    { message: 'fine', time: '2026-01-27T10:30:45.000Z' },
  ])
  const odd = await logs.read('one', { lines: 10 })
  expect(odd).toHaveLength(3)
  for (const { time } of odd) expect(Date.parse(time)).toBeGreaterThan(before)
})
