import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { ServerOptions } from '../../src/options.js'
import { createServer, type Server } from '../../src/server.js'
import { fillDataFolder, testDatabaseUrl } from '../database/test-database.js'
import { uploadForm } from '../registry/registry-server.js'
import { buildPlugin, type PluginSource } from './build-plugin.js'

export const ADMIN_KEY = 'test-admin-key'

/** Short ways to use a server, with its admin key. */
export interface PlatformClient {
  /** A request below `/api/v1`; throws on anything but 2xx, or but `status`. */
  api<Answer = Record<string, unknown>>(
    method: string,
    path: string,
    json?: unknown,
    status?: number,
  ): Promise<Answer>
  /** The same for a path at the root, such as `/plugins/{id}/...`. */
  route: PlatformClient['api']
  publish(source: PluginSource): Promise<void>
  /** Publishes, installs and enables. */
  run(source: PluginSource, install?: Record<string, unknown>): Promise<void>
}

/** A real server on a free port, with its own data folder. */
export interface TestPlatform extends PlatformClient {
  server: Server
  dataDir: string
  close(): Promise<void>
}

export async function startTestPlatform(options: ServerOptions = {}): Promise<TestPlatform> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ops-platform-'))
  const databaseUrl = await testDatabaseUrl()
  const isOnPostgres = databaseUrl !== 'memory:'
  if (!isOnPostgres) await fillDataFolder(dataDir)
  const server = await createServer({
    port: 0,
    dataDir,
    databaseUrl: isOnPostgres ? databaseUrl : undefined,
    adminKey: ADMIN_KEY,
    logger: pino({ level: process.env.TEST_LOG ?? 'silent' }),
    ...options,
  })
  return {
    ...useServer(server.url),
    server,
    dataDir,
    async close() {
      await server.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** The same short ways, for a server that runs elsewhere. */
export function useServer(url: string): PlatformClient {
  const authorization = `Bearer ${ADMIN_KEY}`
  const call = async <Answer>(
    method: string,
    path: string,
    json?: unknown,
    status?: number,
  ): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    const text = await response.text()
    if (status === undefined ? !response.ok : response.status !== status) {
      throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    }
    return JSON.parse(text || 'null')
  }
  const api: PlatformClient['api'] = (method, path, json, status) =>
    call(method, `/api/v1${path}`, json, status)
  const publish = async (source: PluginSource) => {
    const bytes = await buildPlugin(source)
    const response = await fetch(`${url}/api/v1/plugins/upload`, {
      method: 'POST',
      headers: { authorization },
      body: uploadForm(bytes),
    })
    if (!response.ok) throw new Error(`The upload answered ${response.status}: ${await response.text()}`)
  }
  return {
    api,
    route: call,
    publish,
    async run(source, install = {}) {
      await publish(source)
      await api('POST', '/plugins/install', { plugin_id: source.id, enable: true, ...install })
    },
  }
}

/**
 * The process of a running plugin, as this system numbers it: inside its sandbox it has another number, and one that
 * must not be signalled from here.
 */
export async function pidOf(platform: Pick<PlatformClient, 'api'>, pluginId: string): Promise<number> {
  const { pid } = await platform.api<{ pid?: unknown }>('GET', `/plugins/${pluginId}/health`)
  if (typeof pid !== 'number' || pid <= 1) throw new Error(`Plugin ${pluginId} has no process: ${pid}`)
  return pid
}
