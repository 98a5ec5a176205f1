import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from '@ops-center/server'

const KEY = 'the-key-of-the-bench'
/** Processes that start at the same time; more of them would only wait for each other. */
const STARTS_AT_ONCE = 4

/** A whole server on a database, with the few requests that the suite needs. */
export interface BenchPlatform {
  readonly server: Server
  /** A request below `/api/v1`, or at the root when `path` begins with `/plugins/.../`; throws on anything but 2xx. */
  ask<Answer = unknown>(method: string, path: string, json?: unknown): Promise<Answer>
  publish(id: string, bytes: Buffer<ArrayBuffer>): Promise<void>
  /** Installs and enables plugins, which then hear an event. */
  run(ids: readonly string[], event: string): Promise<void>
  /** Ends the process of plugins and forgets what they had. */
  uninstall(ids: readonly string[]): Promise<void>
  close(): Promise<void>
}

export async function startBenchPlatform(databaseUrl: string | undefined): Promise<BenchPlatform> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ops-center-bench-'))
  const options = { port: 0, dataDir, databaseUrl, adminKey: KEY, rateLimit: 0 }
  const server = await createServer({ ...options, logLevel: 'silent' })
  const authorization = `Bearer ${KEY}`
  const send = async (path: string, init: RequestInit) => {
    const response = await server.app.fetch(new Request(`http://localhost${path}`, init))
    const text = await response.text()
    if (!response.ok) throw new Error(`${init.method} ${path} answered ${response.status}: ${text}`)
    return JSON.parse(text)
  }
  const ask: BenchPlatform['ask'] = (method, path, json) => {
    const headers = { authorization, 'content-type': 'application/json' }
    return send(
      path,
      json === undefined ? { method, headers } : { method, headers, body: JSON.stringify(json) },
    )
  }
  const forAll = async (ids: readonly string[], work: (id: string) => Promise<unknown>) => {
    for (let at = 0; at < ids.length; at += STARTS_AT_ONCE)
      await Promise.all(ids.slice(at, at + STARTS_AT_ONCE).map(work))
  }
  return {
    server,
    ask,
    async publish(id, bytes) {
      const form = new FormData()
      form.set('file', new File([bytes], `${id}-1.0.0.tar.gz`))
      form.set('checksum', createHash('sha256').update(bytes).digest('hex'))
      await send('/api/v1/plugins/upload', { method: 'POST', headers: { authorization }, body: form })
    },
    run: (ids, event) =>
      forAll(ids, (plugin_id) =>
        ask('POST', '/api/v1/plugins/install', { plugin_id, config: { event }, enable: true }),
      ),
    uninstall: (ids) => forAll(ids, (id) => ask('POST', `/api/v1/plugins/${id}/uninstall`, { purge: true })),
    async close() {
      await server.close()
      await rm(dataDir, { recursive: true })
    },
  }
}
