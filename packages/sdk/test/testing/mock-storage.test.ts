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
})
