import type { Server } from '@ops-center/server'
import { Hono } from 'hono'

type ExecuteSql = Server['database']['executeSql']

const READ = 'select * from devices where organization_id = $1 and id = $2'
const INSERT = `insert into device_metrics (organization_id, device_id, metrics, timestamp)
  select 'default', device_id, metrics, now() from json_to_recordset($1::json) as given (device_id text, metrics json)`

/** The least that gives the same answers: no keys, no checks, no filters, no events; the same pool of connections. */
export function createBareApp(executeSql: ExecuteSql): Hono {
  const app = new Hono()
  app.get('/api/v1/devices/:id', async (c) => {
    const { rows } = await executeSql(READ, ['default', c.req.param('id')])
    return c.json(rows[0])
  })
  app.post('/api/v1/devices/:id/metrics', async (c) => {
    const reading = { device_id: c.req.param('id'), metrics: await c.req.json<unknown>() }
    await executeSql(INSERT, [JSON.stringify([reading])])
    return c.json({ ...reading, timestamp: new Date() }, 201)
  })
  app.post('/api/v1/metrics', async (c) => {
    const batch = await c.req.json<unknown[]>()
    await executeSql(INSERT, [JSON.stringify(batch)])
    return c.json({ accepted: batch.length }, 201)
  })
  return app
}
