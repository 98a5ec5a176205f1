import Fastify, { type FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { deviceParams, predict, predictBody, readings, readingsQuery } from './route-work.js'

/** The routes in Fastify, with Zod in the place of its own validator. */
export function createFastifyApp(prefix: string): FastifyInstance {
  const app = Fastify()
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (value) => {
    const result = schema.safeParse(value)
    return result.success ? { value: result.data } : { error: result.error }
  })
  app.get<{ Params: z.infer<typeof deviceParams>; Querystring: z.infer<typeof readingsQuery> }>(
    `${prefix}/devices/:id/readings`,
    { schema: { params: deviceParams, querystring: readingsQuery } },
    async ({ params, query }) => readings(params.id, query.limit),
  )
  app.post<{ Body: z.infer<typeof predictBody> }>(
    `${prefix}/predict`,
    { schema: { body: predictBody } },
    async ({ body }) => predict(body),
  )
  return app
}
