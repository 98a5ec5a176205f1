import type { MiddlewareHandler } from 'hono'
import { HttpError } from '../../http-error.js'
import type { MockStore } from './mock-store.js'

/** Honours `Idempotency-Key`: a repeated request gets the first one's answer and changes nothing. */
export function replayRepeated(store: MockStore): MiddlewareHandler {
  return async (c, next) => {
    const key = c.req.header('idempotency-key')
    if (key === undefined || c.req.method !== 'POST') return next()
    const fingerprint = `${c.req.path}\n${await c.req.text()}`
    const first = store.answers.get(key)
    if (first && first.fingerprint !== fingerprint) {
      throw new HttpError(422, `Idempotency-Key ${JSON.stringify(key)} was used for a different request`)
    }
    if (first) {
      const location = first.location === null ? {} : { location: first.location }
      return new Response(first.body, {
        status: first.status,
        headers: { ...location, 'content-type': 'application/json', 'idempotent-replayed': 'true' },
      })
    }
    await next()
    if (!c.res.ok) return
    const { status } = c.res
    store.answers.set(key, {
      fingerprint,
      status,
      body: await c.res.clone().text(),
      location: c.res.headers.get('location'),
    })
  }
}
