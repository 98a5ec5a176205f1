import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../../src/database/client.js'
import { fillDataFolder } from '../../database/test-database.js'
import type { PluginSource } from '../build-plugin.js'
import { type ServerProcess, startServerProcess } from '../server-process.js'
import { type PlatformClient, useServer } from '../test-platform.js'

const patience = { timeout: 20_000, interval: 50 }
/** A handler that says that it was called, and never returns. */
const stuck =
  "() => { plugin.logger.info('stuck'); return new Promise((resolve) => setTimeout(resolve, 60_000)) }"

const keeper = (id: string, version = '1.0.0', code = ''): PluginSource => ({
  id,
  version,
  resources: { timeout: '60s' },
  code: `
    plugin.route('/keep', { methods: ['PUT'] }, () => plugin.storage.set('kept', true))
    plugin.route('/kept', { methods: ['GET'] }, async () => ({ kept: await plugin.storage.get('kept', false) }))
    ${code}`,
})

describe('a server that is killed in the middle of', () => {
  let dataDir: string
  let server: ServerProcess
  let platform: PlatformClient

  const start = async () => {
    server = await startServerProcess(dataDir)
    platform = useServer(server.url)
  }
  const installed = async (id: string) => {
    const { plugins } = await platform.api<{ plugins: Record<string, unknown>[] }>(
      'GET',
      '/plugins/installed',
    )
    return plugins.find(({ plugin_id }) => plugin_id === id)
  }
  /** Begins what is not over when the server is killed. */
  const begin = (path: string, json: object) => {
    platform.api('POST', path, json).catch(() => undefined)
  }
  const untilStuck = (id: string) =>
    vi.waitFor(async () => {
      const logs = await platform.api('GET', `/plugins/${id}/logs?lines=20`)
      expect(JSON.stringify(logs)).toContain('"stuck"')
    }, patience)
  /** While no server runs. */
  const query = async (text: string) => {
    const database = await openDatabase({ dataDir })
    const { rows } = await database.executeSql(text)
    await database.close()
    return rows
  }

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'ops-killed-'))
    await fillDataFolder(dataDir)
    await start()
    await Promise.all([
      platform.publish(keeper('installing', '1.0.0', `plugin.onInstall(${stuck})`)),
      platform.run(keeper('updating')),
      platform.run(keeper('leaving', '1.0.0', `plugin.onUninstall(${stuck})`)),
      platform.publish(keeper('enabling', '1.0.0', `plugin.onEnable(${stuck})`)),
    ])
    await platform.publish(keeper('updating', '2.0.0', `plugin.onUpdate(${stuck})`))
    await platform.publish(keeper('updating', '3.0.0'))
    await platform.api('POST', '/plugins/install', { plugin_id: 'enabling' })
    await platform.route('PUT', '/plugins/leaving/keep')
    begin('/plugins/install', { plugin_id: 'installing' })
    begin('/plugins/updating/update', { version: '2.0.0' })
    begin('/plugins/leaving/uninstall', { purge: true })
    begin('/plugins/enabling/enable', {})
    await Promise.all(['installing', 'updating', 'leaving', 'enabling'].map(untilStuck))
    await server.kill()
    // As if it had died a moment later than the removal of an installation.
    await query(`select pgboss.create_queue('deliveries-gone', '{"policy":"standard"}')`)
    await start()
  }, 120_000)
  afterAll(async () => {
    await server.kill()
    await rm(dataDir, { recursive: true, force: true })
  })

  it('an install has nothing of it', async () => {
    await vi.waitFor(async () => expect(await installed('installing')).toBeUndefined(), patience)
  })

  it('an update has the version before, and updates when asked again', async () => {
    await vi.waitFor(() => platform.route('GET', '/plugins/updating/kept'), patience)
    expect(await installed('updating')).toMatchObject({ version: '1.0.0', state: 'enabled', reason: null })
    const unpacked = await readdir(join(dataDir, 'plugins'))
    expect(unpacked.filter((folder) => folder.startsWith('updating-'))).toEqual([
      expect.stringMatching(/^updating-1\.0\.0-/),
    ])
    await platform.api('POST', '/plugins/updating/update', { version: '3.0.0' })
    expect(await installed('updating')).toMatchObject({ version: '3.0.0', previous_version: '1.0.0' })
  })

  it('enabling says so, and that it is not enabled', async () => {
    await vi.waitFor(
      async () => expect(await installed('enabling')).toMatchObject({ state: 'disabled' }),
      patience,
    )
    expect(await installed('enabling')).toMatchObject({ reason: expect.stringContaining('enable it again') })
  })

  it('an uninstall finishes it, with what the plugin stored', async () => {
    await vi.waitFor(async () => expect(await installed('leaving')).toBeUndefined(), patience)
    await platform.api('POST', '/plugins/install', { plugin_id: 'leaving', enable: true })
    expect(await platform.route('GET', '/plugins/leaving/kept')).toEqual({ kept: false })
  })

  it('any of that leaves no queue behind; enabling that a stop cuts short is no failure', async () => {
    await vi.waitFor(async () => expect(await installed('installing')).toBeUndefined(), patience)
    begin('/plugins/enabling/enable', {})
    await vi.waitFor(
      async () => expect(await installed('enabling')).toMatchObject({ state: 'enabling' }),
      patience,
    )
    expect(await server.stop()).toBe(0)
    const rows = await query(`
      select plugin_id, state, (
        select count(*)::int from pgboss.queue where name like 'deliveries-%' or name like 'tasks-%'
      ) as queues
      from installations order by plugin_id`)
    expect(rows).toEqual([
      { plugin_id: 'enabling', state: expect.stringMatching(/^(enabling|disabled)$/), queues: 6 },
      { plugin_id: 'leaving', state: 'enabled', queues: 6 },
      { plugin_id: 'updating', state: 'enabled', queues: 6 },
    ])
  })
})
