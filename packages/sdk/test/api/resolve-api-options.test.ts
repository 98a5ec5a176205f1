import { describe, expect, it, vi } from 'vitest'
import { resolveApiOptions } from '../../src/api/resolve-api-options.js'

describe('resolveApiOptions', () => {
  it('prefers the environment, and leaves the config alone then', () => {
    const config = { get: vi.fn() }
    const env = { OPS_CENTER_API_URL: 'http://a.test', OPS_CENTER_API_KEY: 'k' }
    expect(resolveApiOptions({ env, config })).toEqual({ url: 'http://a.test', apiKey: 'k' })
    expect(config.get).not.toHaveBeenCalled()
  })

  it('falls back to the config, then to localhost and no key', () => {
    const config = new Map<string, unknown>([
      ['ops_center_api_url', 'http://b.test'],
      ['ops_center_api_key', 'c'],
    ])
    const env = { OPS_CENTER_API_URL: ' ' }
    expect(resolveApiOptions({ env, config })).toEqual({ url: 'http://b.test', apiKey: 'c' })
    expect(resolveApiOptions({ env: {} })).toEqual({ url: 'http://localhost:8000', apiKey: undefined })
  })

  it('refuses a key that YAML read as a number', () => {
    const config = new Map<string, unknown>([['ops_center_api_key', 12345]])
    expect(() => resolveApiOptions({ config })).toThrow(/ops_center_api_key is a number/)
  })
})
