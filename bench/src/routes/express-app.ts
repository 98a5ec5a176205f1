import express, { type Express } from 'express'
import { deviceParams, predict, predictBody, readings, readingsQuery } from './route-work.js'

/** The routes in Express, whose handlers call Zod themselves. */
export function createExpressApp(prefix: string): Express {
  const app = express()
  app.use(express.json())
  app.get(`${prefix}/devices/:id/readings`, (request, response) => {
    const params = deviceParams.safeParse(request.params)
    const query = readingsQuery.safeParse(request.query)
    if (params.success && query.success) response.json(readings(params.data.id, query.data.limit))
    else response.status(422).json(params.error ?? query.error)
  })
  app.post(`${prefix}/predict`, (request, response) => {
    const body = predictBody.safeParse(request.body)
    if (body.success) response.json(predict(body.data))
    else response.status(422).json(body.error)
  })
  return app
}
