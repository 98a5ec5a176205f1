import { describe, expect, it } from 'vitest'
import { maskConfig, restoreSecrets } from '../../../src/host/installations/mask-config.js'
import { mergeConfig } from '../../../src/host/installations/merge-config.js'

const secret = { type: 'string', sensitive: true }
const server = { type: 'object', properties: { host: { type: 'string' }, password: secret } }
const schema = {
  $defs: { server, login: { $id: '#login', properties: { pin: secret } } },
  properties: {
    token: secret,
    keys: { type: 'array', items: secret },
    servers: { type: 'array', items: { $ref: '#/$defs/server' } },
    pair: { type: 'array', items: [{ type: 'string' }, secret], additionalItems: secret },
    tuple: { type: 'array', prefixItems: [{ type: 'string' }, secret] },
    perHost: { type: 'object', additionalProperties: { allOf: [{ $ref: '#/$defs/server' }] } },
    named: { type: 'object', patternProperties: { '^key_': secret } },
    either: { oneOf: [{ type: 'string' }, { properties: { code: secret } }] },
    any: { anyOf: [{ type: 'array', items: { properties: { code: secret } } }] },
    login: { $ref: '#login' },
    depends: { type: 'object', dependentSchemas: { user: { properties: { pass: secret } } } },
    deep: { type: 'array', items: { type: 'array', items: server } },
    all: { type: 'array', sensitive: true },
  },
}
const config = {
  token: 't',
  keys: ['k1', 'k2'],
  servers: [
    { host: 'a', password: 'pa' },
    { host: 'b', password: 'pb' },
  ],
  pair: ['open', 's1', 's2'],
  tuple: ['open', 's3'],
  perHost: { a: { host: 'a', password: 's4' } },
  named: { key_a: 's5', other: 'open' },
  either: { code: 's6', open: 1 },
  any: [{ code: 's7' }],
  login: { pin: 's8' },
  depends: { user: 'u', pass: 's9' },
  deep: [[{ host: 'x', password: 's10' }]],
  all: ['s11'],
}

/** What is stored after somebody wrote these changes. */
const write = (changes: Record<string, unknown>, stored: Record<string, unknown> = config) =>
  mergeConfig(stored, restoreSecrets(schema, changes, stored))
const servers = (...list: [string, string?][]) => ({
  servers: list.map(([host, password = '***']) => ({ host, password })),
})

describe('a configuration that is shown', () => {
  it('has no secret, wherever the schema says there is one', () => {
    expect(maskConfig(schema, config)).toEqual({
      token: '***',
      keys: ['***', '***'],
      servers: [
        { host: 'a', password: '***' },
        { host: 'b', password: '***' },
      ],
      pair: ['open', '***', '***'],
      tuple: ['open', '***'],
      perHost: { a: { host: 'a', password: '***' } },
      named: { key_a: '***', other: 'open' },
      either: { code: '***', open: 1 },
      any: [{ code: '***' }],
      login: { pin: '***' },
      depends: { user: 'u', pass: '***' },
      deep: [[{ host: 'x', password: '***' }]],
      all: '***',
    })
  })

  it('changes nothing when it is written back', () => {
    expect(write(maskConfig(schema, config))).toEqual(config)
  })

  it('is shown as it is without a schema', () => {
    expect(maskConfig(undefined, config)).toEqual(config)
  })
})

describe('a list that is written back', () => {
  const passwordsOf = (changes: Record<string, unknown>) => restoreSecrets(schema, changes, config).servers

  it('keeps the secrets of items that were moved, with one removed and one added', () => {
    expect(passwordsOf(servers(['b'], ['c', 'pc'], ['a']))).toEqual([
      { host: 'b', password: 'pb' },
      { host: 'c', password: 'pc' },
      { host: 'a', password: 'pa' },
    ])
    expect(passwordsOf(servers(['b']))).toEqual([{ host: 'b', password: 'pb' }])
    expect(passwordsOf({ servers: [{ password: '***', host: 'b' }] })).toEqual([
      { host: 'b', password: 'pb' },
    ])
  })

  it('keeps the secret of an item that was changed, by its place', () => {
    expect(passwordsOf(servers(['a'], ['b2']))).toEqual([
      { host: 'a', password: 'pa' },
      { host: 'b2', password: 'pb' },
    ])
    expect(write({ keys: ['***', 'new'] }).keys).toEqual(['k1', 'new'])
    expect(write({ keys: ['***', '***', 'k3'] }).keys).toEqual(['k1', 'k2', 'k3'])
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['of a new item', servers(['a'], ['b'], ['c']), '/config/servers/2/password'],
    ['of a changed item in a list that became shorter', servers(['c']), '/config/servers/0/password'],
    ['that could be any of several', { keys: ['***'] }, '/config/keys/0'],
    ['that goes to another item already', servers(['b'], ['c']), '/config/servers/1/password'],
    [
      'of a field that was never set',
      { perHost: { 'x/y': { password: '***' } } },
      '/config/perHost/x~1y/password',
    ],
  ])('is refused for a mask %s', (_what, changes, pointer) => {
    expect(() => write(changes)).toThrow(
      expect.objectContaining({ status: 422, errors: [expect.objectContaining({ pointer })] }),
    )
  })

  it('takes no time worth noticing when it is long', () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `k${index % 7}`)
    const written = restoreSecrets(schema, { keys: keys.map(() => '***') }, { keys })
    expect(written.keys).toEqual(keys)
  })
})
