import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type PostgresServer, postgresBinaries, startPostgres } from '../database/postgres-server.js'
import { recorder } from './recorder-plugin.js'
import { type ServerProcess, startServerProcess } from './server-process.js'
import { type PlatformClient, useServer } from './test-platform.js'

const binaries = await postgresBinaries()

/** Counts its ticks, and the nodes' share of them, where everybody sees it. */
const ticker = {
  id: 'ticker',
  code: `
    plugin.task('tick', (_args, { scheduledFor }) =>
      plugin.storage.update('ticks', (ticks = []) => [...ticks, scheduledFor.toISOString()]), { cron: '* * * * * *' })
    plugin.route('/ticks', { methods: ['GET'] }, () => plugin.storage.get('ticks', []))`,
}

/** Tells which version runs, and with which configuration. */
const sign = (version: string) => ({
  id: 'sign',
  version,
  code: `
    plugin.route('/shown', { methods: ['GET'] }, () =>
      ({ version: plugin.metadata.version, text: plugin.config.get('text', '') }))`,
})

/** Its installation never ends. */
const arriving = {
  id: 'arriving',
  resources: { timeout: '120s' },
  code: `plugin.onInstall(() => new Promise(() => {}))`,
}

// Reason to skip: the binaries of PostgreSQL are not on this machine.
describe.runIf(binaries)('two nodes on one PostgreSQL', () => {
  const patience = { timeout: 30_000, interval: 50 }
  const nodes: { dataDir: string; server: ServerProcess; client: PlatformClient }[] = []
  let postgres: PostgresServer

  const startNode = async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'ops-node-'))
    const server = await startServerProcess(dataDir, postgres.url)
    const node = { dataDir, server, client: useServer(server.url) }
    nodes.push(node)
    return node
  }
  const counted = (client: PlatformClient) =>
    client.route<{ count: number; distinct: number }>('GET', '/plugins/recorder/events')

  beforeAll(async () => {
    postgres = await startPostgres(binaries ?? '')
    const first = await startNode()
    await startNode()
    await first.client.run(recorder)
    await first.client.run(ticker)
    await first.client.api('POST', '/devices', { id: 'pump', name: 'Pump', type: 'pump' })
  }, 120_000)
  afterAll(async () => {
    for (const { server, dataDir } of nodes) {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
    await postgres.stop()
  })

  it('run what was enabled on either, and stop what was disabled on the other', {
    timeout: 60_000,
  }, async () => {
    const [first, second] = nodes
    if (!first || !second) throw new Error('two nodes are needed')
    await vi.waitFor(() => counted(second.client), patience)
    await second.client.api('POST', '/plugins/ticker/disable')
    await vi.waitFor(() => first.client.route('GET', '/plugins/ticker/ticks', undefined, 503), patience)
    await second.client.api('PUT', '/plugins/recorder/config', { config: { level: 3 } })
    await first.client.api('POST', '/plugins/ticker/enable')
    await vi.waitFor(() => second.client.route('GET', '/plugins/ticker/ticks'), patience)
    expect(await first.client.api('GET', '/plugins/recorder/config')).toEqual({ config: { level: 3 } })
  })

  it('follow each other when a plugin is enabled, configured, updated or disabled', {
    timeout: 60_000,
  }, async () => {
    const [first, second] = nodes
    if (!first || !second) throw new Error('two nodes are needed')
    const shown = (status?: number) =>
      second.client.route<{ version?: string; text?: string }>(
        'GET',
        '/plugins/sign/shown',
        undefined,
        status,
      )
    const times: string[] = []
    const reaches = async (what: string, change: () => Promise<unknown>, check: () => Promise<unknown>) => {
      await change()
      const answered = performance.now()
      await vi.waitFor(check, { ...patience, interval: 10 })
      times.push(`${what} ${Math.round(performance.now() - answered)} ms`)
    }
    await first.client.publish(sign('1.0.0'))
    await first.client.publish(sign('1.1.0'))
    await reaches(
      'enabled',
      () =>
        first.client.api('POST', '/plugins/install', { plugin_id: 'sign', version: '1.0.0', enable: true }),
      async () => expect(await shown()).toEqual({ version: '1.0.0', text: '' }),
    )
    await reaches(
      'configured',
      () => first.client.api('PUT', '/plugins/sign/config', { config: { text: 'open' } }),
      async () => expect(await shown()).toMatchObject({ text: 'open' }),
    )
    await reaches(
      'updated',
      () => first.client.api('POST', '/plugins/sign/update', {}),
      async () => expect(await shown()).toEqual({ version: '1.1.0', text: 'open' }),
    )
    await reaches(
      'disabled',
      () => first.client.api('POST', '/plugins/sign/disable'),
      () => shown(503),
    )
    process.stdout.write(`after the answer of one node, the other one has it: ${times.join(', ')}\n`)
  })

  it('refuse to be joined by one that has another key for what is sealed', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'ops-node-'))
    await expect(startServerProcess(dataDir, postgres.url, 'another-key')).rejects.toThrow(
      'start each with the same OPS_CENTER_SECRET_KEY',
    )
    await rm(dataDir, { recursive: true, force: true })
  })

  it('both refuse a key that one of them revoked', async () => {
    const [first, second] = nodes
    if (!first || !second) throw new Error('two nodes are needed')
    const { id, key } = await first.client.api<{ id: string; key: string }>('POST', '/api-keys', {
      name: 'k',
    })
    const statusAt = async ({ server }: (typeof nodes)[number]) =>
      (await fetch(`${server.url}/api/v1/devices`, { headers: { authorization: `Bearer ${key}` } })).status
    for (const node of [first, second, first, second]) expect(await statusAt(node)).toBe(200)
    await first.client.api('DELETE', `/api-keys/${id}`)
    const answered = performance.now()
    expect(await statusAt(first)).toBe(401)
    await vi.waitFor(async () => expect(await statusAt(second)).toBe(401), { timeout: 1_000, interval: 5 })
    process.stdout.write(
      `a key revoked at one node stops at the other within ${Math.round(performance.now() - answered)} ms\n`,
    )
  })

  it('share deliveries and tasks out without doing any twice', { timeout: 60_000 }, async () => {
    for (let index = 0; index < 60; index += 1) {
      await nodes[index % 2]?.client.api('POST', '/devices/pump/metrics', { index })
    }
    const [first] = nodes
    if (!first) throw new Error('a node is needed')
    await vi.waitFor(async () => expect((await counted(first.client)).distinct).toBe(60), patience)
    expect((await counted(first.client)).count).toBe(60)
    const ticks = await first.client.route<string[]>('GET', '/plugins/ticker/ticks')
    expect(new Set(ticks).size).toBe(ticks.length)
  })

  it('do what they missed while nobody told them', { timeout: 60_000 }, async () => {
    const [, second] = nodes
    if (!second) throw new Error('a second node is needed')
    const database = new pg.Client(postgres.url)
    await database.connect()
    /** A change that no node hears of: the connections on which they would are lost. */
    const unheard = async (state: string, enabled: boolean) => {
      const change = `update installations set state = $1, enabled = $2 where plugin_id = 'sign'`
      await database.query(change, [state, enabled])
      await database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where query ilike 'listen %' and application_name not like 'ops-center node%'`,
      )
    }
    const shown = (status?: number) => second.client.route('GET', '/plugins/sign/shown', undefined, status)
    await shown(503)
    await unheard('enabled', true)
    await vi.waitFor(() => shown(), patience)
    await unheard('disabled', false)
    await vi.waitFor(() => shown(503), patience)
    await database.end()
  })

  it('take over what a killed one was doing, and lose nothing', { timeout: 90_000 }, async () => {
    const [first, second] = nodes
    if (!first || !second) throw new Error('two nodes are needed')
    const installing = async () => {
      const { plugins } = await second.client.api<{ plugins: { plugin_id: string }[] }>(
        'GET',
        '/plugins/installed',
      )
      return plugins.filter(({ plugin_id }) => plugin_id === arriving.id).length
    }
    await first.client.publish(arriving)
    first.client.api('POST', '/plugins/install', { plugin_id: arriving.id }).catch(() => undefined)
    await vi.waitFor(async () => expect(await installing()).toBe(1), patience)
    const before = await counted(second.client)
    let accepted = 0
    const send = async (client: PlatformClient) => {
      await client.api('POST', '/devices/pump/metrics', { accepted })
      accepted += 1
    }
    for (let index = 0; index < 40; index += 1) await send(index % 2 ? first.client : second.client)
    await first.server.kill()
    const killedAt = Date.now()
    for (let index = 0; index < 20; index += 1) await send(second.client)
    await vi.waitFor(async () => {
      expect((await counted(second.client)).distinct).toBe(before.distinct + accepted)
    }, patience)
    const takeover = Date.now() - killedAt
    const { count, distinct } = await counted(second.client)
    process.stdout.write(
      `takeover: everything delivered ${takeover} ms after the kill, ${count - distinct} duplicates\n`,
    )

    await vi.waitFor(async () => expect(await installing()).toBe(0), patience)

    const ticks = () => second.client.route<string[]>('GET', '/plugins/ticker/ticks')
    const ticked = (await ticks()).length
    await vi.waitFor(async () => expect((await ticks()).length).toBeGreaterThan(ticked + 1), patience)
    // The run that the kill cut off runs again, whatever it had done by then.
    const all = await ticks()
    const again = all.length - new Set(all).size
    process.stdout.write(`takeover: of ${all.length} runs of a task by the clock ${again} ran again\n`)
    expect(again).toBeLessThanOrEqual(1)
  })

  it('say that the database is gone, and stop all the same', { timeout: 60_000 }, async () => {
    const [, second] = nodes
    if (!second) throw new Error('a second node is needed')
    await postgres.stop()
    const { detail } = await second.client.api('GET', '/devices', undefined, 503)
    expect(detail).toBe('The database cannot be reached right now')
    const started = performance.now()
    expect(await second.server.stop()).toBe(0)
    expect(performance.now() - started).toBeLessThan(15_000)
  })
})
