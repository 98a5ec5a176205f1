import { zValidator } from '@hono/zod-validator'
import { Hono } from 'hono'
import { deviceParams, predict, predictBody, readings, readingsQuery } from './route-work.js'

/** The routes in bare Hono, with the validator that Hono offers for Zod. */
export function createHonoApp(prefix: string): Hono {
  const app = new Hono()
  app.get(
    `${prefix}/devices/:id/readings`,
    zValidator('param', deviceParams),
    zValidator('query', readingsQuery),
    (c) => c.json(readings(c.req.valid('param').id, c.req.valid('query').limit)),
  )
  app.post(`${prefix}/predict`, zValidator('json', predictBody), (c) => c.json(predict(c.req.valid('json'))))
  app.get(`${prefix}/ping`, (c) => c.json({ pong: true }))
  return app
}
