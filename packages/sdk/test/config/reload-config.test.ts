import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ConfigError } from '../../src/config/config-error.js'
import { createConfig } from '../../src/config/create-config.js'
import { openConfig, SCHEMA } from './open-config.js'

describe('reload', () => {
  it('reads everything again, drops what was set, and tells', async () => {
    const env: Record<string, string> = {}
    const { config, folder } = await openConfig('a: 1', { env })
    const changed = vi.fn()
    config.onChange(changed)
    config.set('a', 2)
    await folder.write('a: 3')
    env.OPS_PLUGIN_CONFIG__B = 'env'
    config.reload()
    expect(config.all()).toEqual({ a: 3, b: 'env' })
    expect(changed).toHaveBeenLastCalledWith({ old_config: { a: 2 }, new_config: { a: 3, b: 'env' } })
  })

  it('keeps the last good values when the file is wrong', async () => {
    const { config, folder } = await openConfig('interval: 5', { schema: SCHEMA })
    expect(config.get('interval')).toBe(5)
    await folder.write('interval: soon')
    expect(() => config.reload()).toThrow(/interval/)
    await folder.write('{{{')
    expect(() => config.reload()).toThrow(/not YAML/)
    expect(config.get('interval')).toBe(5)
  })

  it('recovers from a file that was wrong from the start, also without being called', async () => {
    const { config, folder } = await openConfig('interval: soon', { schema: SCHEMA })
    expect(() => config.get('interval')).toThrow(ConfigError)
    await folder.write('interval: 7')
    expect(config.get('interval')).toBe(7)
  })
})

describe('watch', () => {
  it('takes changes of the file, also when it is replaced, and keeps what was set and not saved', async () => {
    const { config, folder } = await openConfig('a: 1')
    config.set('mine', 1)
    const changed = vi.fn()
    config.onChange(changed)
    config.watch()
    config.watch()
    await folder.write('a: 2')
    await vi.waitFor(() => expect(config.all()).toEqual({ a: 2, mine: 1 }), { timeout: 5_000 })
    expect(changed).toHaveBeenCalledWith({ old_config: { a: 1, mine: 1 }, new_config: { a: 2, mine: 1 } })
    const other = createConfig({ basePath: folder.path, env: {} })
    other.set('a', 3)
    await other.save()
    await vi.waitFor(() => expect(config.get('a')).toBe(3), { timeout: 5_000 })
  })

  it('reports wrong contents, keeps the last good ones and goes on', async () => {
    const onError = vi.fn()
    const { config, folder } = await openConfig('interval: 5', { schema: SCHEMA, onError })
    config.all()
    config.watch()
    await folder.write('interval: soon')
    await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(expect.any(ConfigError)), { timeout: 5_000 })
    expect(config.get('interval')).toBe(5)
    await folder.write('interval: 6')
    await vi.waitFor(() => expect(config.get('interval')).toBe(6), { timeout: 5_000 })
  })

  it('takes changes written in place', async () => {
    const { config, folder } = await openConfig('a: 1')
    config.watch()
    await appendFile(join(folder.path, 'config.yaml'), '\nb: 2\n')
    await vi.waitFor(() => expect(config.all()).toEqual({ a: 1, b: 2 }), { timeout: 5_000 })
  })

  it('takes its own save for no change', async () => {
    const { config, folder } = await openConfig('a: 1')
    config.watch()
    config.set('a', 2)
    const changed = vi.fn()
    config.onChange(changed)
    await config.save()
    await folder.write('a: 3')
    await vi.waitFor(() => expect(config.get('a')).toBe(3), { timeout: 5_000 })
    expect(changed.mock.calls).toEqual([[{ old_config: { a: 2 }, new_config: { a: 3 } }]])
  })

  it('ends with close(), and can begin again', async () => {
    const { config, folder } = await openConfig('a: 1')
    const other = createConfig({ basePath: folder.path, env: {} })
    onTestFinished(() => other.close())
    expect([config.get('a'), other.get('a')]).toEqual([1, 1])
    config.watch()
    config.close()
    config.close()
    other.watch()
    await folder.write('a: 2')
    await vi.waitFor(() => expect(other.get('a')).toBe(2), { timeout: 5_000 })
    expect(config.get('a')).toBe(1)
    config.watch()
    await folder.write('a: 3')
    await vi.waitFor(() => expect(config.get('a')).toBe(3), { timeout: 5_000 })
  })
})
