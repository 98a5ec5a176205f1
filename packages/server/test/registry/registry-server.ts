import { createHash } from 'node:crypto'
import pino from 'pino'
import type { Principal } from '../../src/auth/principal.js'
import type { Database } from '../../src/database/client.js'
import { type ApiRouter, createHttpApp } from '../../src/http/create-http-app.js'
import { HttpProblem } from '../../src/http/http-problem.js'
import { createRegistry, type Registry } from '../../src/registry/registry.js'
import type { RegistryOptions } from '../../src/registry/registry-options.js'
import { REGISTRY_UNLIMITED_PATHS, registryRoutes } from '../../src/registry/registry-routes.js'
import { openTestDatabase } from '../database/test-database.js'

/** The registry over HTTP, without a port. */
export interface RegistryServer {
  app: ApiRouter
  database: Database
  registry: Registry
  get(path: string, as?: string): Promise<Response>
  send(method: string, path: string, body?: unknown, as?: string): Promise<Response>
  upload(bytes: Buffer, fields?: Record<string, string>, as?: string): Promise<Response>
  close(): Promise<void>
}

const principal = (id: string, organization_id: string, ...permissions: string[]): Principal => ({
  kind: 'key',
  id,
  organization_id,
  permissions: new Set(permissions),
  label: id,
})

/** Keys by name; `other` is of another organization. */
const PRINCIPALS: readonly Principal[] = [
  principal('admin', 'default', '*'),
  principal('reader', 'default', 'plugins:read'),
  principal('writer', 'default', 'plugins:write'),
  principal('nobody', 'default', 'devices:read'),
  principal('other', 'elsewhere', '*'),
]

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export function uploadForm(bytes: Buffer, fields: Record<string, string> = {}): FormData {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(bytes)]), 'package.tar.gz')
  for (const [name, value] of Object.entries({ checksum: sha256(bytes), ...fields })) form.set(name, value)
  return form
}

export async function createRegistryServer(options: Partial<RegistryOptions> = {}): Promise<RegistryServer> {
  const database = await openTestDatabase()
  await database.kysely.insertInto('organizations').values({ id: 'elsewhere', name: 'Elsewhere' }).execute()
  const app = createHttpApp({
    database,
    logger: pino({ level: 'silent' }),
    version: '0.1.0',
    maxBodyBytes: 1_048_576,
    authenticate: async (authorization) => {
      const found = PRINCIPALS.find(({ id }) => authorization === `Bearer ${id}`)
      if (!found) throw new HttpProblem(401, 'No key')
      return found
    },
    api: [registryRoutes({ database, ...options })],
    unlimitedPaths: REGISTRY_UNLIMITED_PATHS,
  })
  const call = async (path: string, init: RequestInit, as: string) =>
    app.request(`/api/v1${path}`, { ...init, headers: { authorization: `Bearer ${as}`, ...init.headers } })
  return {
    app,
    database,
    registry: createRegistry(database),
    get: (path, as = 'admin') => call(path, {}, as),
    send: (method, path, body, as = 'admin') =>
      call(
        path,
        body === undefined
          ? { method }
          : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
        as,
      ),
    upload: (bytes, fields = {}, as = 'admin') =>
      call('/plugins/upload', { method: 'POST', body: uploadForm(bytes, fields) }, as),
    close: () => database.close(),
  }
}
