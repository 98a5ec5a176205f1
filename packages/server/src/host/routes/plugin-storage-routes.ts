import { createRoute, z } from '@hono/zod-openapi'
import { STORAGE_QUOTA_PROBLEM } from '@ops-center/plugin-sdk/protocol'
import type { ApiRouter } from '../../http/create-http-app.js'
import { HttpProblem } from '../../http/http-problem.js'
import { json, jsonBody, problems, secured } from '../../http/route-parts.js'
import { type PluginStorage, StorageQuotaExceeded } from '../plugin-storage.js'
import { ownInstallation } from './own-installation.js'
import { pluginParams } from './plugin-params.js'

const tags = ['plugin data']
const MAX_KEY_BYTES = 8_192
/** Each makes a pattern dearer; thousands are too many for the engine of regular expressions. */
const MAX_STARS = 100
const keyQuery = z.object({
  key: z
    .string()
    .refine((key) => Buffer.byteLength(key) <= MAX_KEY_BYTES, `expected at most ${MAX_KEY_BYTES} bytes`),
})
const tagsShape = { key: z.string(), version: z.string(), expires_at: z.string().nullable() }
const entrySchema = z.object({ ...tagsShape, value: z.unknown() }).openapi('StorageEntry')
const putBody = z.object({
  value: z.unknown().refine((value) => value !== undefined, 'expected any JSON value'),
  ttl_ms: z.number().min(0).max(1e13).optional(),
  if_version: z.string().nullable().optional(),
})

const read = createRoute({
  method: 'get',
  path: '/plugins/{id}/storage/value',
  tags,
  summary: "Read a value of the plugin's storage",
  ...secured('storage:read'),
  request: { params: pluginParams, query: keyQuery },
  responses: { 200: json('The value', entrySchema), ...problems(404, 422) },
})

const write = createRoute({
  method: 'put',
  path: '/plugins/{id}/storage/value',
  tags,
  summary: "Write a value of the plugin's storage",
  ...secured('storage:write'),
  request: { params: pluginParams, query: keyQuery, body: jsonBody(putBody) },
  responses: { 200: json('Written', z.object(tagsShape)), ...problems(404, 409, 413, 415, 422) },
})

const remove = createRoute({
  method: 'delete',
  path: '/plugins/{id}/storage/value',
  tags,
  summary: "Delete a value of the plugin's storage",
  ...secured('storage:write'),
  request: { params: pluginParams, query: keyQuery },
  responses: {
    200: json('Deleted', z.object({ status: z.enum(['deleted', 'absent']) })),
    ...problems(404, 422),
  },
})

const list = createRoute({
  method: 'get',
  path: '/plugins/{id}/storage',
  tags,
  summary: "List keys of the plugin's storage",
  ...secured('storage:read'),
  request: {
    params: pluginParams,
    query: z.object({
      pattern: z
        .string()
        .max(MAX_KEY_BYTES)
        .refine(
          (pattern) => pattern.split('*').length <= MAX_STARS + 1,
          `expected at most ${MAX_STARS} stars`,
        )
        .default('*'),
      values: z.stringbool().default(false).openapi({ type: 'boolean' }),
      cursor: z.string().optional(),
      page_size: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
  },
  responses: {
    200: json(
      'The entries',
      z.object({
        entries: z.array(
          z.object({ key: z.string(), value: z.unknown().optional(), expires_at: z.string().nullable() }),
        ),
        next_cursor: z.string().nullable(),
      }),
    ),
    ...problems(404, 422),
  },
})

const usage = createRoute({
  method: 'get',
  path: '/plugins/{id}/storage/usage',
  tags,
  summary: "Tell how much of the plugin's storage is in use",
  ...secured('storage:read'),
  request: { params: pluginParams },
  responses: {
    200: json(
      'What is stored, keys and values as bytes, and what may be',
      z.object({ bytes: z.int(), keys: z.int(), max_bytes: z.int(), max_keys: z.int() }),
    ),
    ...problems(404),
  },
})

const clear = createRoute({
  method: 'delete',
  path: '/plugins/{id}/storage',
  tags,
  summary: "Empty the plugin's storage",
  ...secured('storage:write'),
  request: { params: pluginParams },
  responses: {
    200: json('Emptied', z.object({ status: z.literal('deleted'), count: z.int() })),
    ...problems(404),
  },
})

/** `/plugins/{id}/storage`, for the plugin itself. */
export function pluginStorageRoutes(storage: PluginStorage) {
  return (router: ApiRouter): void => {
    router.openapi(read, async (c) => {
      const owner = ownInstallation(c.var.principal, c.req.valid('param').id)
      const { key } = c.req.valid('query')
      const entry = await storage.get(owner, key)
      if (!entry) throw new HttpProblem(404, `Nothing is stored under ${JSON.stringify(key.slice(0, 128))}`)
      return c.json(entry, 200)
    })
    router.openapi(write, async (c) => {
      const owner = ownInstallation(c.var.principal, c.req.valid('param').id)
      const { key } = c.req.valid('query')
      const written = await storage.put(owner, key, c.req.valid('json')).catch((error: unknown) => {
        if (!(error instanceof StorageQuotaExceeded)) throw error
        throw new HttpProblem(413, error.message, { type: STORAGE_QUOTA_PROBLEM, cause: error })
      })
      if (!written)
        throw new HttpProblem(
          409,
          `${JSON.stringify(key.slice(0, 128))} was changed meanwhile: read it again`,
        )
      return c.json(written, 200)
    })
    router.openapi(remove, async (c) => {
      const owner = ownInstallation(c.var.principal, c.req.valid('param').id)
      const wasThere = await storage.delete(owner, c.req.valid('query').key)
      return c.json({ status: wasThere ? ('deleted' as const) : ('absent' as const) }, 200)
    })
    router.openapi(list, async (c) => {
      const owner = ownInstallation(c.var.principal, c.req.valid('param').id)
      return c.json(await storage.list(owner, c.req.valid('query')), 200)
    })
    router.openapi(usage, async (c) => {
      const owner = ownInstallation(c.var.principal, c.req.valid('param').id)
      const { bytes, keys } = storage.quota
      return c.json({ ...(await storage.usage(owner)), max_bytes: bytes, max_keys: keys }, 200)
    })
    router.openapi(clear, async (c) => {
      const owner = ownInstallation(c.var.principal, c.req.valid('param').id)
      return c.json({ status: 'deleted' as const, count: await storage.clear(owner) }, 200)
    })
  }
}
