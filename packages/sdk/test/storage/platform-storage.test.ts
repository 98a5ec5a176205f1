import { describe, expect, it } from 'vitest'
import type { PlatformRequest } from '../../src/storage/platform-request.js'
import { createPlatformStorage } from '../../src/storage/platform-storage.js'

/** Answers every request the same, and notes what was asked. */
function answering(answer: () => unknown) {
  const asked: unknown[][] = []
  const request: PlatformRequest = async (...call) => {
    asked.push(call)
    return answer()
  }
  return { asked, storage: createPlatformStorage({ request, pluginId: 'a/../b', now: () => 0 }) }
}

function failing(status: number) {
  return answering(() => {
    throw Object.assign(new Error(`answered ${status}`), { status })
  })
}

describe('platform storage', () => {
  it('sends key, value and time to live, and encodes the plugin id', async () => {
    const { asked, storage } = answering(() => ({ status: 'deleted' }))
    await storage.set('a/b?c', { n: 1 }, { ttl: '1m' })
    await storage.delete('a/b?c')
    const path = '/plugins/a%2F..%2Fb/storage/value'
    expect(asked).toEqual([
      ['PUT', path, { query: { key: 'a/b?c' }, json: { value: { n: 1 }, ttl_ms: 60_000 }, repeatable: true }],
      ['DELETE', path, { query: { key: 'a/b?c' } }],
    ])
  })

  it('refuses bad values before it asks the platform', async () => {
    const { asked, storage } = answering(() => ({}))
    await expect(storage.set('key', new Date())).rejects.toThrow('value is a Date')
    expect(asked).toEqual([])
  })

  it('never repeats a conditional write by itself, which would apply an update twice', async () => {
    const { asked, storage } = answering(() => ({ value: 1, version: '7', expires_at: null }))
    expect(await storage.update<number>('key', (count = 0) => count + 1)).toBe(2)
    expect(asked[1]?.[2]).toMatchObject({ json: { value: 2, if_version: '7' }, repeatable: false })
  })

  it('gives up an update that always collides, naming the key', async () => {
    const request: PlatformRequest = async (method) => {
      if (method === 'GET') return { value: 1, version: '1', expires_at: null }
      throw Object.assign(new Error('conflict'), { status: 409 })
    }
    const storage = createPlatformStorage({ request, pluginId: 'p' })
    await expect(storage.update('busy', () => 2)).rejects.toMatchObject({
      code: 'storage_conflict',
      message: expect.stringContaining('"busy"'),
    })
  })

  it('passes on every failure but a missing value', async () => {
    expect(await failing(404).storage.get('key', 'default')).toBe('default')
    await expect(failing(500).storage.get('key', 'default')).rejects.toThrow('answered 500')
    await expect(failing(403).storage.update('key', () => 1)).rejects.toThrow('answered 403')
  })

  it('says so when the platform answers something else than agreed', async () => {
    const { storage } = answering(() => ({ unexpected: true }))
    await expect(storage.get('key')).rejects.toMatchObject({ code: 'platform_answer_invalid' })
  })

  it('names a full storage as such, and no other refusal of the same status', async () => {
    const refusing = (problem: object) =>
      answering(() => {
        throw Object.assign(new Error('no room'), { status: 413, problem })
      }).storage
    const full = refusing({ type: 'urn:ops-center:problem:storage-quota' })
    await expect(full.set('key', 1)).rejects.toMatchObject({
      code: 'storage_quota_exceeded',
      message: 'no room',
    })
    await expect(refusing({ type: 'about:blank' }).set('key', 1)).rejects.not.toHaveProperty('code')
  })
})
