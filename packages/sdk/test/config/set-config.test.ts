import { describe, expect, it, vi } from 'vitest'
import { ConfigHandlerError } from '../../src/config/change-handlers.js'
import { ConfigError } from '../../src/config/config-error.js'
import { openConfig, SCHEMA } from './open-config.js'

describe('set', () => {
  it('changes a value, also one of the environment, and leaves the rest', async () => {
    const { config } = await openConfig('a: { b: 1, c: 2 }', { env: { OPS_PLUGIN_CONFIG__A__B: '5' } })
    config.set('a.b', 3)
    config.set('new.deep.value', [1, { x: null }])
    expect(config.all()).toEqual({ a: { b: 3, c: 2 }, new: { deep: { value: [1, { x: null }] } } })
  })

  it('replaces what it is given and keeps a copy', async () => {
    const { config } = await openConfig('a: { b: 1, c: 2 }\nlist: [1, { x: 2 }]')
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
      const { config } = await openConfig()
      expect(() => config.set(path, 'polluted')).toThrow(ConfigError)
      expect(Reflect.get({}, 'x')).toBeUndefined()
    },
  )

  it('does not pollute through values or files either', async () => {
    const { config } = await openConfig(
      '__proto__: { x: polluted }\na: { __proto__: { x: polluted }, b: 1 }\n',
    )
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
    const { config } = await openConfig()
    expect(() => config.set('a', value)).toThrow(message)
    const circular: Record<string, unknown> = {}
    circular.self = circular
    expect(() => config.set('a', circular)).toThrow(/a\.self contains itself/)
  })

  it('refuses what the schema does not allow, and then changes nothing', async () => {
    const { config } = await openConfig('interval: 5', { schema: SCHEMA })
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
    const { config } = await openConfig('', { schema })
    expect(() => config.set('a', 1)).toThrow(/a must be string/)
    config.set('a', 'x')
    expect(() => config.all()).toThrow(/b is required/)
    config.set('b', 'y')
    expect(config.all()).toEqual({ a: 'x', b: 'y' })
  })
})

describe('onChange', () => {
  it('tells what was and what is, until it is ended', async () => {
    const { config } = await openConfig('a: 1')
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
    const { config } = await openConfig('', { onError })
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
    const { config } = await openConfig()
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

describe('platform values', () => {
  it('can be replaced, which tells the handlers and waits for them', async () => {
    const { config } = await openConfig('a: file', { platform: { a: 'one' } })
    const finished = vi.fn()
    config.onChange(async ({ old_config, new_config }) => {
      await Promise.resolve()
      finished(old_config, new_config)
    })
    await config.replacePlatformValues({ b: 'two' })
    expect(finished.mock.calls).toEqual([[{ a: 'one' }, { a: 'file', b: 'two' }]])
  })

  it('stand although a handler fails, and the failure is told', async () => {
    const { config } = await openConfig()
    const why = new Error('not ready')
    config.onChange(() => Promise.reject(why))
    const error = await config.replacePlatformValues({ a: 1 }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigHandlerError)
    expect(error).toMatchObject({ cause: why, errors: [why] })
    expect(config.get('a')).toBe(1)
  })

  it('that are wrong are refused and change nothing', async () => {
    const { config } = await openConfig('', { schema: SCHEMA, platform: { interval: 5 } })
    await expect(config.replacePlatformValues({ interval: -1 })).rejects.toThrow(/interval must be >= 1/)
    expect(config.get('interval')).toBe(5)
  })
})
