import { Hono } from 'hono'
import { globToRegExp } from '../../src/storage/glob.js'
import type { PlatformRequest } from '../../src/storage/platform-request.js'

interface Row {
  value: unknown
  version: string
  expiresAt: number | null
}

/** The platform's side of the storage wire, in memory. */
export function createFakeStorageServer(now: () => number): Hono {
  const rows = new Map<string, Row>()
  let versions = 0
  const live = (key: string) => {
    const row = rows.get(key)
    return row && (row.expiresAt === null || row.expiresAt > now()) ? row : undefined
  }
  const expires = (row: Row) => (row.expiresAt === null ? null : new Date(row.expiresAt).toISOString())
  const app = new Hono().basePath('/plugins/:id/storage')

  app.get('/value', (context) => {
    const key = context.req.query('key') ?? ''
    const row = live(key)
    if (!row) return context.json({ status: 404 }, 404)
    return context.json({ key, value: row.value, version: row.version, expires_at: expires(row) })
  })
  app.put('/value', async (context) => {
    const key = context.req.query('key') ?? ''
    const body: { value: unknown; ttl_ms?: number; if_version?: string | null } = await context.req.json()
    if (body.if_version !== undefined && (live(key)?.version ?? null) !== body.if_version) {
      return context.json({ status: 409 }, 409)
    }
    versions++
    const expiresAt = body.ttl_ms === undefined ? null : now() + body.ttl_ms
    const row = { value: body.value, version: String(versions), expiresAt }
    rows.set(key, row)
    return context.json({ key, version: row.version, expires_at: expires(row) })
  })
  app.delete('/value', (context) => {
    const key = context.req.query('key') ?? ''
    const existed = live(key) !== undefined
    rows.delete(key)
    return context.json({ status: existed ? 'deleted' : 'absent' })
  })
  app.get('/', (context) => {
    const { pattern = '*', values, cursor } = context.req.query()
    const glob = globToRegExp(pattern)
    // A page of two, so that every listing of the suite has to follow the cursor. It is an offset here.
    const keys = [...rows.keys()].filter((key) => live(key) && glob.test(key))
    const start = Number(cursor ?? 0)
    const entries = keys.slice(start, start + 2).map((key) => {
      const row = live(key)
      return {
        key,
        ...(values === 'true' ? { value: row?.value } : {}),
        expires_at: row ? expires(row) : null,
      }
    })
    return context.json({ entries, next_cursor: start + 2 < keys.length ? String(start + 2) : null })
  })
  app.delete('/', (context) => {
    const count = rows.size
    rows.clear()
    return context.json({ status: 'deleted', count })
  })
  return app
}

/** What the API client's `request` does, without a network: JSON in, JSON out, an error with `status`. */
export function requestTo(app: Hono): PlatformRequest {
  return async (method, path, { query, json } = {}) => {
    const search = query ? `?${new URLSearchParams(query)}` : ''
    const body = json === undefined ? {} : { body: JSON.stringify(json) }
    const response = await app.request(path + search, { method, ...body })
    if (response.ok) return await response.json()
    throw Object.assign(new Error(`${method} ${path} answered ${response.status}`), {
      status: response.status,
    })
  }
}
