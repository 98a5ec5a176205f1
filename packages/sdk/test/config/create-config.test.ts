import { chmod, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { ConfigHandlerError } from '../../src/config/change-handlers.js'
import type { Config } from '../../src/config/config.js'
import { ConfigError } from '../../src/config/config-error.js'
import { type ConfigOptions, createConfig } from '../../src/config/create-config.js'
import { type ConfigFolder, createConfigFolder } from './config-folder.js'

const SCHEMA = {
  type: 'object',
  properties: {
    interval: { type: 'integer', minimum: 1, default: 60 },
    smtp: {
      type: 'object',
      required: ['host'],
      properties: {
        host: { type: 'string' },
        port: { type: 'integer', default: 587 },
        password: { type: 'string', sensitive: true },
      },
    },
    tags: { type: 'array', items: { type: 'string' }, default: ['a', 'b'] },
  },
}

const folders: ConfigFolder[] = []
const configs: Config[] = []

async function folderWith(text?: string): Promise<ConfigFolder> {
  const folder = await createConfigFolder(text)
  folders.push(folder)
  return folder
}

async function open(
  text?: string,
  options: Partial<ConfigOptions> = {},
): Promise<{ config: Config; folder: ConfigFolder }> {
  const folder = await folderWith(text)
  const config = createConfig({ basePath: folder.path, env: {}, ...options })
  configs.push(config)
  return { config, folder }
}

afterEach(async () => {
  for (const config of configs.splice(0)) config.close()
  await Promise.all(folders.splice(0).map((folder) => folder.remove()))
})

describe('sources', () => {
  it('are the environment, then the platform, then config.yaml, then the defaults', async () => {
    const text = 'interval: 2\nsmtp: { host: file, port: 2 }\nextra: file\n'
    const platform = { smtp: { host: 'platform', password: 'platform' } }
    const env = { OPS_PLUGIN_CONFIG__SMTP__HOST: 'env' }
    const { config } = await open(text, {
      schema: SCHEMA,
      platform,
      env,
      defaults: { extra: 'code', mine: 1 },
    })
    expect(config.all()).toEqual({
      interval: 2,
      smtp: { host: 'env', port: 2, password: 'platform' },
      tags: ['a', 'b'],
      extra: 'file',
      mine: 1,
    })
  })

  it('take the schema from plugin.yaml when none is given', async () => {
    const { config, folder } = await open('interval: 0')
    await folder.write(
      'id: x\nconfig_schema: { type: object, properties: { interval: { type: integer, min: 1, default: 9 } } }',
      'plugin.yaml',
    )
    expect(() => config.all()).toThrow(/interval must be >= 1, but is 0/)
    await folder.write('')
    expect(config.get('interval')).toBe(9)
  })

  it('are not read before the first use', async () => {
    expect(() => createConfig({ basePath: '/nowhere/at/all' })).not.toThrow()
  })

  it.each([undefined, '', '# only a comment\n', '---\n', 'null\n', '\ufeff'])(
    'may be an empty config.yaml: %j',
    async (text) => {
      const { config } = await open(text)
      expect(config.all()).toEqual({})
    },
  )

  it.each([
    ['- a\n- b\n', /holds a list: expected settings by name/],
    ['just text\n', /holds only "just text"/],
    ['a: [1\nb: 2\n', /config\.yaml is not YAML: .*line/],
    ['a: 1\na: 2\n', /unique/],
  ])('refuse %j with a clear message', async (text, message) => {
    const { config } = await open(text)
    expect(() => config.get('a')).toThrow(ConfigError)
    expect(() => config.get('a')).toThrow(message)
  })

  it('refuse a YAML bomb', async () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'].map((pair) => [...pair])) {
      lines.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`)
    }
    const { config } = await open(lines.join('\n'))
    expect(() => config.all()).toThrow(ConfigError)
  })

  it('let an empty line in config.yaml mean the default', async () => {
    const { config } = await open('interval:\nsmtp:\nfree:\n', { schema: SCHEMA })
    expect(config.all()).toMatchObject({ interval: 60, smtp: { port: 587 }, free: null })
  })
})

describe('get', () => {
  it('reaches nested values, list items, and names with a dot by their steps', async () => {
    const { config } = await open('a: { b: { c: 1 } }\nlist: [{ x: 2 }]\n"d.e": 3\nzero: 0\noff: false\n')
    expect(config.get('a.b.c')).toBe(1)
    expect(config.get('list.0.x')).toBe(2)
    expect(config.get(['d.e'])).toBe(3)
    expect(config.get('zero', 5)).toBe(0)
    expect(config.get('off', true)).toBe(false)
  })

  it('gives the default where there is nothing', async () => {
    const { config } = await open('a: { b: 1 }\nlist: [1]\n')
    for (const path of [
      'x',
      'a.x',
      'a.b.c',
      'list.1',
      'list.length',
      'list.-1',
      'toString',
      'a.constructor',
      '__proto__.x',
    ]) {
      expect(config.get(path, 'default'), path).toBe('default')
      expect(config.get(path), path).toBeUndefined()
    }
  })

  it.each(['', '.', 'a..b', 'a.'])('refuses the path %j', async (path) => {
    const { config } = await open('a: 1')
    expect(() => config.get(path)).toThrow(/not a path/)
  })

  it('has the type of its default', async () => {
    const { config } = await open()
    expectTypeOf(config.get('a', 5)).toEqualTypeOf<number>()
    expectTypeOf(config.get('a')).toEqualTypeOf<unknown>()
    expectTypeOf(config.get<string>('a')).toEqualTypeOf<string | undefined>()
  })

  it('gives values that cannot be changed, and leaves those who gave them alone', async () => {
    const defaults = { list: [1], deep: { a: 1 } }
    const platform = { given: { a: 1 } }
    const { config } = await open('file: { a: 1 }', { schema: SCHEMA, defaults, platform })
    for (const path of ['list', 'deep', 'given', 'file', 'tags', 'smtp']) {
      expect(Object.isFrozen(config.get(path)), path).toBe(true)
    }
    expect(() => config.get<string[]>('tags', []).push('c')).toThrow(TypeError)
    for (const own of [defaults, defaults.list, platform.given, SCHEMA.properties.tags.default]) {
      expect(Object.isFrozen(own)).toBe(false)
    }
    expect(Object.isFrozen(Object.prototype)).toBe(false)
  })
})

describe('set', () => {
  it('changes a value, also one of the environment, and leaves the rest', async () => {
    const { config } = await open('a: { b: 1, c: 2 }', { env: { OPS_PLUGIN_CONFIG__A__B: '5' } })
    config.set('a.b', 3)
    config.set('new.deep.value', [1, { x: null }])
    expect(config.all()).toEqual({ a: { b: 3, c: 2 }, new: { deep: { value: [1, { x: null }] } } })
  })

  it('replaces what it is given and keeps a copy', async () => {
    const { config } = await open('a: { b: 1, c: 2 }\nlist: [1, { x: 2 }]')
    const value = { d: [1] }
    config.set('a', value)
    value.d.push(2)
    config.set('list.1.x', 3)
    config.set('list.2', 'end')
    expect(config.all()).toEqual({ a: { d: [1] }, list: [1, { x: 3 }, 'end'] })
    expect(() => config.set('list.9', 1)).toThrow(/not a position in a list of 3/)
    expect(() => config.set('list.x', 1)).toThrow(/not a position/)
  })

  it.each(['__proto__.x', 'a.__proto__.x', 'constructor.prototype.x', 'prototype'])(
    'refuses %s',
    async (path) => {
      const { config } = await open()
      expect(() => config.set(path, 'polluted')).toThrow(ConfigError)
      expect(Reflect.get({}, 'x')).toBeUndefined()
    },
  )

  it('does not pollute through values or files either', async () => {
    const { config } = await open('__proto__: { x: polluted }\na: { __proto__: { x: polluted }, b: 1 }\n')
    config.set('c', JSON.parse('{"__proto__": {"x": "polluted"}, "d": 1}'))
    expect(Reflect.get({}, 'x')).toBeUndefined()
    expect(config.get('a.x')).toBeUndefined()
    expect(config.get('c')).toEqual({ d: 1 })
  })

  it.each([
    ['undefined', undefined, /a is undefined/],
    ['a number YAML has no word for', { b: Number.NaN }, /a\.b is NaN/],
    ['a date', [new Date()], /a\.0 is a Date/],
    ['a function', () => 1, /a is a function/],
    ['a map', new Map(), /a is a Map/],
  ])('refuses %s, naming where it is', async (_name, value, message) => {
    const { config } = await open()
    expect(() => config.set('a', value)).toThrow(message)
    const circular: Record<string, unknown> = {}
    circular.self = circular
    expect(() => config.set('a', circular)).toThrow(/a\.self contains itself/)
  })

  it('refuses what the schema does not allow, and then changes nothing', async () => {
    const { config } = await open('interval: 5', { schema: SCHEMA })
    const changed = vi.fn()
    config.onChange(changed)
    expect(() => config.set('interval', 'soon')).toThrow(/interval must be integer, but is "soon"/)
    expect(config.get('interval')).toBe(5)
    expect(changed).not.toHaveBeenCalled()
  })

  it('can supply required settings one after the other', async () => {
    const schema = {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'string' }, b: { type: 'string' } },
    }
    const { config } = await open('', { schema })
    expect(() => config.set('a', 1)).toThrow(/a must be string/)
    config.set('a', 'x')
    expect(() => config.all()).toThrow(/b is required/)
    config.set('b', 'y')
    expect(config.all()).toEqual({ a: 'x', b: 'y' })
  })
})

describe('onChange', () => {
  it('tells what was and what is, until it is ended', async () => {
    const { config } = await open('a: 1')
    const changed = vi.fn()
    const off = config.onChange(changed)
    config.set('a', 2)
    expect(changed.mock.calls).toEqual([[{ old_config: { a: 1 }, new_config: { a: 2 } }]])
    config.set('a', 2)
    off()
    config.set('a', 3)
    expect(changed).toHaveBeenCalledTimes(1)
  })

  it('tells everybody although one fails, and reports each failure', async () => {
    const onError = vi.fn()
    const { config } = await open('', { onError })
    const told = vi.fn()
    const failures = [new Error('sync'), new Error('async')]
    config.onChange(() => {
      throw failures[0]
    })
    config.onChange(async () => {
      throw failures[1]
    })
    config.onChange(told)
    config.set('a', 1)
    expect(told).toHaveBeenCalledTimes(1)
    await vi.waitFor(() => expect(onError.mock.calls.flat()).toEqual(failures))
  })

  it('calls a handler registered twice twice, and not one registered meanwhile', async () => {
    const { config } = await open()
    const late = vi.fn()
    const handler = vi.fn(() => void config.onChange(late))
    config.onChange(handler)
    const off = config.onChange(handler)
    config.set('a', 1)
    expect(handler).toHaveBeenCalledTimes(2)
    expect(late).not.toHaveBeenCalled()
    off()
    config.set('a', 2)
    expect(handler).toHaveBeenCalledTimes(3)
  })
})

describe('reload', () => {
  it('reads everything again, drops what was set, and tells', async () => {
    const env: Record<string, string> = {}
    const { config, folder } = await open('a: 1', { env })
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
    const { config, folder } = await open('interval: 5', { schema: SCHEMA })
    expect(config.get('interval')).toBe(5)
    await folder.write('interval: soon')
    expect(() => config.reload()).toThrow(/interval/)
    await folder.write('{{{')
    expect(() => config.reload()).toThrow(/not YAML/)
    expect(config.get('interval')).toBe(5)
  })

  it('recovers from a file that was wrong from the start, also without being called', async () => {
    const { config, folder } = await open('interval: soon', { schema: SCHEMA })
    expect(() => config.get('interval')).toThrow(ConfigError)
    await folder.write('interval: 7')
    expect(config.get('interval')).toBe(7)
  })
})

describe('save', () => {
  it('writes what was set, and keeps comments, order and everything else', async () => {
    const text = '# top\na: 1 # one\nsmtp:\n  # where\n  host: old\n  port: 25\nlist: [1, 2]\n'
    const { config, folder } = await open(text, {
      env: { OPS_PLUGIN_CONFIG__A: 'env' },
      platform: { p: 1 },
      schema: undefined,
    })
    config.set('smtp.host', 'new')
    config.set('list.1', 3)
    config.set('fresh.deep', true)
    await config.save()
    expect(await folder.read()).toBe(
      '# top\na: 1 # one\nsmtp:\n  # where\n  host: new\n  port: 25\nlist: [ 1, 3 ]\nfresh:\n  deep: true\n',
    )
    expect(createConfig({ basePath: folder.path, env: {} }).get('smtp.host')).toBe('new')
  })

  it('keeps what somebody else wrote meanwhile', async () => {
    const { config, folder } = await open('a: 1')
    config.set('b', 2)
    await folder.write('a: 9 # edited')
    await config.save()
    expect(await folder.read()).toBe('a: 9 # edited\nb: 2\n')
  })

  it('makes a file only its owner can read, keeps the mode of one that is there, and leaves nothing else behind', async () => {
    const { config, folder } = await open()
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
    const { config, folder } = await open(undefined, { schema: SCHEMA })
    config.all()
    await config.save()
    expect(await readdir(folder.path)).toEqual([])
  })

  it('loses nothing when called many times at once', async () => {
    const { config, folder } = await open()
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        config.set(`k${index}`, index)
        return config.save()
      }),
    )
    expect(Object.keys(createConfig({ basePath: folder.path, env: {} }).all())).toHaveLength(20)
  })

  it('turns an empty section, a plain value and an alias on the way into a section', async () => {
    const { config, folder } = await open('empty:\nplain: 1\nbase: &b { x: 1 }\nalias: *b\n')
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
    const { config, folder } = await open('a: 1')
    config.set('b', 2)
    await folder.write('a: [')
    await expect(config.save()).rejects.toThrow(/not YAML/)
    expect(await folder.read()).toBe('a: [')
    await folder.write('a: 1')
    await config.save()
    expect(await folder.read()).toContain('b: 2')
  })

  it('says clearly when the folder is missing', async () => {
    const { config, folder } = await open()
    config.set('a', 1)
    await folder.remove()
    await expect(config.save()).rejects.toMatchObject({ code: 'config_file_unwritable' })
  })
})

describe('watch', () => {
  it('takes changes of the file, also when it is replaced, and keeps what was set and not saved', async () => {
    const { config, folder } = await open('a: 1')
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
    const { config, folder } = await open('interval: 5', { schema: SCHEMA, onError })
    config.all()
    config.watch()
    await folder.write('interval: soon')
    await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(expect.any(ConfigError)), { timeout: 5_000 })
    expect(config.get('interval')).toBe(5)
    await folder.write('interval: 6')
    await vi.waitFor(() => expect(config.get('interval')).toBe(6), { timeout: 5_000 })
  })

  it('is not told of its own save, and ends with close()', async () => {
    const { config } = await open('a: 1')
    config.watch()
    config.set('a', 2)
    const changed = vi.fn()
    config.onChange(changed)
    await config.save()
    config.close()
    config.close()
    expect(changed).not.toHaveBeenCalled()
  })
})

describe('platform values', () => {
  it('can be replaced, which tells the handlers and waits for them', async () => {
    const { config } = await open('a: file', { platform: { a: 'one' } })
    const finished = vi.fn()
    config.onChange(async ({ old_config, new_config }) => {
      await Promise.resolve()
      finished(old_config, new_config)
    })
    await config.replacePlatformValues({ b: 'two' })
    expect(finished.mock.calls).toEqual([[{ a: 'one' }, { a: 'file', b: 'two' }]])
  })

  it('stand although a handler fails, and the failure is told', async () => {
    const { config } = await open()
    const why = new Error('not ready')
    config.onChange(() => Promise.reject(why))
    const error = await config.replacePlatformValues({ a: 1 }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigHandlerError)
    expect(error).toMatchObject({ cause: why, errors: [why] })
    expect(config.get('a')).toBe(1)
  })

  it('that are wrong are refused and change nothing', async () => {
    const { config } = await open('', { schema: SCHEMA, platform: { interval: 5 } })
    await expect(config.replacePlatformValues({ interval: -1 })).rejects.toThrow(/interval must be >= 1/)
    expect(config.get('interval')).toBe(5)
  })
})

describe('secrets', () => {
  const text = 'smtp: { host: h, password: hunter2 }\napi_key: key-1\nempty_token: ""\n'

  it('never show when the configuration is printed', async () => {
    const { config } = await open(text, { schema: SCHEMA })
    expect(config.masked()).toMatchObject({
      smtp: { host: 'h', password: '***' },
      api_key: '***',
      empty_token: '',
    })
    for (const shown of [
      inspect(config),
      inspect({ config }, { depth: 9 }),
      JSON.stringify({ config }),
      `${config}`,
    ]) {
      expect(shown).not.toMatch(/hunter2|key-1/)
    }
    expect(config.get('smtp.password')).toBe('hunter2')
  })

  it('never show in a validation message', async () => {
    const schema = {
      properties: {
        pin: { type: 'string', sensitive: true, pattern: '^x' },
        list: { sensitive: true, items: { type: 'string' } },
      },
    }
    const { config } = await open('pin: "98765"\nlist: [43210]\n', { schema })
    const error = vi.fn()
    try {
      config.all()
    } catch (thrown) {
      error(String(thrown))
    }
    expect(error).toHaveBeenCalledWith(
      expect.stringMatching(/pin must match pattern[^]*list\.0 must be string/),
    )
    expect(error).not.toHaveBeenCalledWith(expect.stringMatching(/98765|43210/))
  })

  it('are told once each, new ones when they appear', async () => {
    const onSecret = vi.fn()
    const { config } = await open(text, { schema: SCHEMA, onSecret })
    config.all()
    config.set('other', 1)
    config.set('smtp.password', 'newer')
    expect(onSecret.mock.calls.flat()).toEqual(['hunter2', 'key-1', 'newer'])
  })

  it('are all texts within a sensitive section', async () => {
    const onSecret = vi.fn()
    const schema = {
      properties: { login: { sensitive: true, type: 'object' }, hint_password: { sensitive: false } },
    }
    const { config } = await open('login: { user: u1, codes: [c1, 7] }\nhint_password: shown\n', {
      schema,
      onSecret,
    })
    expect(config.masked()).toEqual({ login: '***', hint_password: 'shown' })
    expect(onSecret.mock.calls.flat()).toEqual(['u1', 'c1', '7'])
  })
})
