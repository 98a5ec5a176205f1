import { chmod, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createConfig } from '../../src/config/create-config.js'
import { openConfig, SCHEMA } from './open-config.js'

describe('save', () => {
  it('writes what was set, and keeps comments, order and everything else', async () => {
    const text =
      "# top\na: 1 # one\nsmtp:\n  # where\n  host: old\n  port: 25\nquoted: 'a' # why\nlist: [1, 2] # numbers\n"
    const { config, folder } = await openConfig(text, {
      env: { OPS_PLUGIN_CONFIG__A: 'env' },
      platform: { p: 1 },
      schema: undefined,
    })
    config.set('smtp.host', 'new')
    config.set('quoted', 'b')
    config.set('list.1', 3)
    config.set('fresh.deep', true)
    await config.save()
    expect(await folder.read()).toBe(
      "# top\na: 1 # one\nsmtp:\n  # where\n  host: new\n  port: 25\nquoted: 'b' # why\nlist: [ 1, 3 ] # numbers\nfresh:\n  deep: true\n",
    )
    expect(createConfig({ basePath: folder.path, env: {} }).get('smtp.host')).toBe('new')
  })

  it('keeps what somebody else wrote meanwhile', async () => {
    const { config, folder } = await openConfig('a: 1')
    config.set('b', 2)
    await folder.write('a: 9 # edited')
    await config.save()
    expect(await folder.read()).toBe('a: 9 # edited\nb: 2\n')
  })

  it('makes a file only its owner can read, keeps the mode of one that is there, and leaves nothing else behind', async () => {
    const { config, folder } = await openConfig()
    config.set('a', 1)
    await config.save()
    const file = join(folder.path, 'config.yaml')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await chmod(file, 0o640)
    config.set('a', 2)
    await config.save()
    expect((await stat(file)).mode & 0o777).toBe(0o640)
    expect(await readdir(folder.path)).toEqual(['config.yaml'])
  })

  it('writes nothing when nothing was set', async () => {
    const { config, folder } = await openConfig(undefined, { schema: SCHEMA })
    config.all()
    await config.save()
    expect(await readdir(folder.path)).toEqual([])
  })

  it('loses nothing when called many times at once', async () => {
    const { config, folder } = await openConfig()
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        config.set(`k${index}`, index)
        return config.save()
      }),
    )
    expect(Object.keys(createConfig({ basePath: folder.path, env: {} }).all())).toHaveLength(20)
  })

  it('turns an empty section, a plain value and an alias on the way into a section', async () => {
    const { config, folder } = await openConfig('empty:\nplain: 1\nbase: &b { x: 1 }\nalias: *b\n')
    config.set('empty.a', 1)
    config.set('plain.a', 1)
    config.set('alias.y', 2)
    await config.save()
    expect(createConfig({ basePath: folder.path, env: {} }).all()).toEqual({
      empty: { a: 1 },
      plain: { a: 1 },
      base: { x: 1 },
      alias: { x: 1, y: 2 },
    })
  })

  it('refuses to replace a file it cannot read, and can save again afterwards', async () => {
    const { config, folder } = await openConfig('a: 1')
    config.set('b', 2)
    await folder.write('a: [')
    await expect(config.save()).rejects.toThrow(/not YAML/)
    expect(await folder.read()).toBe('a: [')
    await folder.write('a: 1')
    await config.save()
    expect(await folder.read()).toContain('b: 2')
  })

  it('says clearly when the folder is missing', async () => {
    const { config, folder } = await openConfig()
    config.set('a', 1)
    await folder.remove()
    await expect(config.save()).rejects.toMatchObject({ code: 'config_file_unwritable' })
  })
})
