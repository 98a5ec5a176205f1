import { Plugin, StorageQuotaError } from '@ops-center/plugin-sdk'
import type { HostContext } from '@ops-center/plugin-sdk/protocol'
import { storageContract } from '@ops-center/plugin-sdk/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../host/test-platform.js'

/** A plugin that tells what its host gave it, so that a storage in this process can stand in for its own. */
const keeper = {
  id: 'keeper',
  code: `plugin.route('/context', { methods: ['GET'] }, () => JSON.parse(process.env.OPS_PLUGIN_HOST))`,
}

describe('storage on the platform', () => {
  let platform: TestPlatform
  let host: HostContext

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.run(keeper)
    host = await platform.route('GET', '/plugins/keeper/context')
  })
  afterAll(() => platform.close())

  const openStorage = () => {
    const plugin = new Plugin({ id: 'keeper', name: 'Keeper', version: '1.0.0' })
    plugin.createApp({ host })
    return plugin.storage
  }

  storageContract({ describe, it, expect }, async () => {
    const storage = openStorage()
    await storage.clear()
    return { storage, other: openStorage() }
  })

  it('forgets what expired, and lists it no more', async () => {
    const storage = openStorage()
    await storage.set('soon', 1, { ttl: 1 })
    await expect.poll(() => storage.exists('soon')).toBe(false)
    expect(await storage.listKeys('soon')).toEqual([])
  })

  it('ends where the quota is, with an error that has a name', async () => {
    const { database } = platform.server
    const full = (bytes: number) =>
      database.executeSql('update plugin_storage_usage set bytes = bytes + $1', [bytes])
    const storage = openStorage()
    await storage.set('before', 1)
    const maxBytes = platform.server.options.pluginStorageBytes
    await full(maxBytes)
    await expect(storage.set('more', 'x')).rejects.toMatchObject({ code: 'storage_quota_exceeded' })
    await expect(storage.update('before', () => 'longer')).rejects.toBeInstanceOf(StorageQuotaError)
    expect(await storage.get('before')).toBe(1)
    expect(await platform.api('GET', '/plugins/keeper/health')).toMatchObject({
      storage: { keys: expect.any(Number), max_bytes: maxBytes, max_keys: 100_000 },
    })
    await full(-maxBytes)
    await storage.set('more', 'x')
  })

  it('is closed to people and to other plugins', async () => {
    await platform.api('GET', '/plugins/keeper/storage', undefined, 403)
    const response = await fetch(`${platform.server.url}/api/v1/plugins/other/storage`, {
      headers: { authorization: `Bearer ${host.api_key}` },
    })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('"other"') })
  })
})
