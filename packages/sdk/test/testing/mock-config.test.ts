import { afterEach, describe, expect, it, vi } from 'vitest'
import { MockConfig } from '../../src/testing/mock-config.js'

describe('MockConfig', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('reads neither files nor the environment', () => {
    vi.stubEnv('OPS_PLUGIN_CONFIG__LIMIT', '99')
    expect(new MockConfig({ limit: 3 }).all()).toEqual({ limit: 3 })
  })

  it('tells handlers of a change, and drops on reload what was not saved', async () => {
    const config = new MockConfig({ smtp: { host: 'mail.test' } })
    const heard: unknown[] = []
    config.onChange(({ old_config, new_config }) => void heard.push([old_config.smtp, new_config.smtp]))
    config.set('smtp.host', 'other.test')
    expect(heard).toEqual([[{ host: 'mail.test' }, { host: 'other.test' }]])
    config.reload()
    expect(config.get('smtp.host')).toBe('mail.test')
    config.set('smtp.host', 'other.test')
    await config.save()
    config.reload()
    expect(config.get('smtp.host')).toBe('other.test')
  })

  it('goes back to its first values in silence, and handlers stay', () => {
    const config = new MockConfig({ limit: 1 })
    const limits: unknown[] = []
    const off = config.onChange(({ new_config }) => void limits.push(new_config.limit))
    config.set('limit', 2)
    config.reset()
    expect([config.get('limit'), limits]).toEqual([1, [2]])
    config.set('limit', 3)
    off()
    config.set('limit', 4)
    expect(limits).toEqual([2, 3])
  })

  it('holds values to the schema', () => {
    const config = new MockConfig(
      {},
      { schema: { type: 'object', properties: { limit: { type: 'number', default: 8 } } } },
    )
    expect(config.get('limit')).toBe(8)
    expect(() => config.set('limit', 'high')).toThrow(/limit/)
  })
})
