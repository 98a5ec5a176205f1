import { describe, expect, it } from 'vitest'
import { MockStorage } from '../../src/testing/mock-storage.js'

// What it shares with the real drivers is tested by the storage contract.
describe('mock storage', () => {
  it('starts with what it is given, as a copy', async () => {
    const device = { level: 1 }
    const storage = new MockStorage({ initial: { 'device:1': device } })
    device.level = 2
    expect(await storage.entries()).toEqual([['device:1', { level: 1 }]])
  })

  it('refuses initial values that the real storage would refuse', () => {
    expect(() => new MockStorage({ initial: { at: new Date() } })).toThrow('value is a Date')
  })

  it('is full where its quota is, as the platform counts', async () => {
    const storage = new MockStorage({ quota: { bytes: 12, keys: 2 } })
    await storage.set('é', 'four')
    await expect(storage.set('b', 'four')).rejects.toMatchObject({ code: 'storage_quota_exceeded' })
    await expect(storage.update('é', () => 'too long for it')).rejects.toThrow('full')
    expect(await storage.entries()).toEqual([['é', 'four']])
    await storage.set('b', 1)
    await expect(storage.set('c', 1)).rejects.toThrow('2 keys')
    await storage.delete('é')
    await storage.set('c', 1)
  })

  it('lets values shrink where it holds more than its quota already', async () => {
    const storage = new MockStorage({ initial: { a: 'much too long', b: 1 }, quota: { bytes: 4, keys: 1 } })
    await storage.set('a', 'shorter')
    await expect(storage.set('a', 'longer again')).rejects.toThrow('full')
    expect(await storage.get('a')).toBe('shorter')
  })
})
