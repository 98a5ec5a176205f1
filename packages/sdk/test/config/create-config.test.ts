import { inspect } from 'node:util'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { ConfigError } from '../../src/config/config-error.js'
import { createConfig } from '../../src/config/create-config.js'
import { openConfig, SCHEMA } from './open-config.js'

describe('sources', () => {
  it('are the environment, then the platform, then config.yaml, then the defaults', async () => {
    const text = 'interval: 2\nsmtp: { host: file, port: 2 }\nextra: file\n'
    const platform = { smtp: { host: 'platform', password: 'platform' } }
    const env = { OPS_PLUGIN_CONFIG__SMTP__HOST: 'env' }
    const { config } = await openConfig(text, {
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
    const { config, folder } = await openConfig('interval: 0')
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
      const { config } = await openConfig(text)
      expect(config.all()).toEqual({})
    },
  )

  it.each([
    ['- a\n- b\n', /holds a list: expected settings by name/],
    ['just text\n', /holds only "just text"/],
    ['a: [1\nb: 2\n', /config\.yaml is not YAML: .*line/],
    ['a: 1\na: 2\n', /unique/],
  ])('refuse %j with a clear message', async (text, message) => {
    const { config } = await openConfig(text)
    expect(() => config.get('a')).toThrow(ConfigError)
    expect(() => config.get('a')).toThrow(message)
  })

  it('refuse a YAML bomb', async () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'].map((pair) => [...pair])) {
      lines.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`)
    }
    const { config } = await openConfig(lines.join('\n'))
    expect(() => config.all()).toThrow(ConfigError)
  })

  it('let an empty line in config.yaml mean the default', async () => {
    const { config } = await openConfig('interval:\nsmtp:\nfree:\n', { schema: SCHEMA })
    expect(config.all()).toMatchObject({ interval: 60, smtp: { port: 587 }, free: null })
  })
})

describe('get', () => {
  it('reaches nested values, list items, and names with a dot by their steps', async () => {
    const { config } = await openConfig(
      'a: { b: { c: 1 } }\nlist: [{ x: 2 }]\n"d.e": 3\nzero: 0\noff: false\n',
    )
    expect(config.get('a.b.c')).toBe(1)
    expect(config.get('list.0.x')).toBe(2)
    expect(config.get(['d.e'])).toBe(3)
    expect(config.get('zero', 5)).toBe(0)
    expect(config.get('off', true)).toBe(false)
  })

  it('gives the default where there is nothing', async () => {
    const { config } = await openConfig('a: { b: 1 }\nlist: [1]\n')
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
    const { config } = await openConfig('a: 1')
    expect(() => config.get(path)).toThrow(/not a path/)
  })

  it('has the type of its default', async () => {
    const { config } = await openConfig()
    expectTypeOf(config.get('a', 5)).toEqualTypeOf<number>()
    expectTypeOf(config.get('a')).toEqualTypeOf<unknown>()
    expectTypeOf(config.get<string>('a')).toEqualTypeOf<string | undefined>()
  })

  it('gives values that cannot be changed, and leaves those who gave them alone', async () => {
    const defaults = { list: [1], deep: { a: 1 } }
    const platform = { given: { a: 1 } }
    const { config } = await openConfig('file: { a: 1 }', { schema: SCHEMA, defaults, platform })
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

describe('secrets', () => {
  const text = 'smtp: { host: h, password: hunter2 }\napi_key: key-1\nempty_token: ""\n'

  it('never show when the configuration is printed', async () => {
    const { config } = await openConfig(text, { schema: SCHEMA })
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
    const { config } = await openConfig('pin: "98765"\nlist: [43210]\n', { schema })
    const error = vi.fn()
    try {
      config.all()
    } catch (thrown) {
      error(String(thrown))
    }
    expect(error).toHaveBeenCalledWith(
      expect.stringMatching(/pin must match pattern[\s\S]*list\.0 must be string/),
    )
    expect(error).not.toHaveBeenCalledWith(expect.stringMatching(/98765|43210/))
  })

  it('are told once each, new ones when they appear', async () => {
    const onSecret = vi.fn()
    const { config } = await openConfig(text, { schema: SCHEMA, onSecret })
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
    const { config } = await openConfig('login: { user: u1, codes: [c1, 7] }\nhint_password: shown\n', {
      schema,
      onSecret,
    })
    expect(config.masked()).toEqual({ login: '***', hint_password: 'shown' })
    expect(onSecret.mock.calls.flat()).toEqual(['u1', 'c1', '7'])
  })
})
