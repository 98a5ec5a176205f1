import { z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { requirePermission } from '../auth/principal.js'
import type { AppEnv } from './app-env.js'

const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'about:blank' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
    request_id: z.string(),
  })
  .openapi('Problem')

const PROBLEMS = {
  401: 'No valid API key',
  403: 'A permission is missing',
  404: 'Not found, or of another organization',
  409: 'In conflict with what is there',
  413: 'The body is too large',
  415: 'The body is not application/json',
  422: 'The input is not valid',
  429: 'Too many requests with this key',
  503: 'Not available now',
} as const

type ProblemStatus = keyof typeof PROBLEMS
type ProblemResponse = {
  description: string
  content: { 'application/problem+json': { schema: typeof problemSchema } }
}

/** What a route with a permission has in common: the check, and its description. */
export function secured(permission: string) {
  const check: MiddlewareHandler<AppEnv> = async (c, next) => {
    requirePermission(c.var.principal, permission)
    await next()
  }
  return {
    security: [{ api_key: [] as string[] }],
    middleware: [check],
    description: `Needs the permission \`${permission}\`.`,
  }
}

/** Error responses of a route, beside 401 and 403. */
export function problems<Status extends ProblemStatus>(...statuses: Status[]) {
  const all: Partial<Record<ProblemStatus, ProblemResponse>> = {}
  for (const status of [401, 403, ...statuses, 429] as const) {
    all[status] = {
      description: PROBLEMS[status],
      content: { 'application/problem+json': { schema: problemSchema } },
    }
  }
  return all as { [K in Status | 401 | 403 | 429]: ProblemResponse }
}

/** A JSON answer. */
export function json<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } }
}

/** A JSON body that must be there. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } } as const
}

/** The answer to a delete. */
export const deletedSchema = z.object({ status: z.literal('deleted'), id: z.string() }).openapi('Deleted')
