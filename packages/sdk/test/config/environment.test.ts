import { describe, expect, it } from 'vitest'
import { schemaRoot } from '../../src/config/config-schema.js'
import { envName, readEnvironment } from '../../src/config/environment.js'

const place = schemaRoot({
  properties: {
    smtp: { $ref: '#/$defs/server' },
    apiKey: { type: 'string' },
    'dash-name': { type: 'string' },
    ratio: { type: 'number' },
    flag: { type: 'boolean' },
    nullable: { type: ['integer', 'null'] },
    either: { type: ['string', 'number'] },
    mode: { enum: [1, 2] },
    tags: { type: 'array', items: { type: 'string' } },
    ports: { type: 'array', items: { type: 'integer' } },
    servers: { type: 'array', items: { $ref: '#/$defs/server' } },
    labels: { type: 'object', additionalProperties: { type: 'integer' } },
  },
  $defs: { server: { type: 'object', properties: { host: { type: 'string' }, port: { type: 'integer' } } } },
})

/** The values of variables given without their prefix. */
function read(
  variables: Record<string, string>,
  below: Record<string, unknown> = {},
  schema = place,
): unknown {
  const env = Object.fromEntries(
    Object.entries(variables).map(([name, text]) => [`OPS_PLUGIN_CONFIG__${name}`, text]),
  )
  const { values, problems } = readEnvironment(env, schema, below)
  expect(problems).toEqual([])
  return values
}

describe('names of variables', () => {
  it('reach nested settings in any case, and other spellings of a known name', () => {
    expect(read({ SMTP__HOST: 'h', APIKEY: 'k', DASH_NAME: 'd', UNKNOWN__Deep_One: 'x' })).toEqual({
      smtp: { host: 'h' },
      apiKey: 'k',
      'dash-name': 'd',
      unknown: { deep_one: 'x' },
    })
    expect(read({ API_KEY: 'k' })).toEqual({ apiKey: 'k' })
    expect(read({ MY__KEY: 'v' }, { My: { kEy: 'old' } })).toEqual({ My: { kEy: 'v' } })
  })

  it('reach items of a list that is there', () => {
    expect(read({ SERVERS__0__PORT: '2' }, { servers: [{ host: 'a', port: 1 }, { host: 'b' }] })).toEqual({
      servers: [{ host: 'a', port: 2 }, { host: 'b' }],
    })
    expect(read({ SERVERS: '[{host: a}]', SERVERS__0__HOST: 'b' })).toEqual({ servers: [{ host: 'b' }] })
  })

  it('that name nothing are reported, and pollute nothing', () => {
    const env = {
      OPS_PLUGIN_CONFIG__: 'x',
      OPS_PLUGIN_CONFIG__A____B: 'x',
      OPS_PLUGIN_CONFIG__CONSTRUCTOR__X: 'x',
      OTHER: 'x',
    }
    const { values, problems } = readEnvironment(env, place, {})
    expect(values).toEqual({})
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('OPS_PLUGIN_CONFIG__ does not name a setting'),
      expect.stringContaining('CONSTRUCTOR__X does not'),
      expect.stringContaining('A____B does not'),
    ])
  })

  it('can be told from a path', () => {
    expect(envName(['smtp', 'dash-name', 'apiKey'])).toBe('OPS_PLUGIN_CONFIG__SMTP__DASH_NAME__APIKEY')
  })
})

describe('values of variables', () => {
  it.each<[string, string, unknown]>([
    ['SMTP__PORT', '587', 587],
    ['RATIO', ' -1.5e2 ', -150],
    ['FLAG', 'TRUE', true],
    ['FLAG', 'off', false],
    ['FLAG', '1', true],
    ['NULLABLE', 'null', null],
    ['NULLABLE', '4', 4],
    ['EITHER', '5', '5'],
    ['MODE', '2', 2],
    ['TAGS', 'a, b', ['a', 'b']],
    ['TAGS', '["a", "b,c"]', ['a', 'b,c']],
    ['PORTS', '1,2', [1, 2]],
    ['PORTS', '[1, 2]', [1, 2]],
    ['LABELS', '{"a": 1}', { a: 1 }],
    ['LABELS', 'a: 1', { a: 1 }],
    ['LABELS__X', '7', 7],
    ['APIKEY', '12345', '12345'],
    ['APIKEY', 'true', 'true'],
    ['APIKEY', '', ''],
    ['FREE', '12', '12'],
  ])('%s=%s is what the schema says', (name, text, expected) => {
    const values = JSON.stringify(read({ [name]: text }))
    expect(values).toContain(JSON.stringify(expected))
  })

  it.each([
    ['SMTP__PORT', 'many', 'many'],
    ['RATIO', '0x10', '0x10'],
    ['RATIO', 'Infinity', 'Infinity'],
    ['FLAG', 'maybe', 'maybe'],
    ['LABELS', '[1]', '[1]'],
    ['LABELS', 'plain', 'plain'],
  ])('%s=%s stays a text for validation to report', (name, text, expected) => {
    expect(JSON.stringify(read({ [name]: text }))).toContain(JSON.stringify(expected))
  })

  it('that are empty leave alone what is no text', () => {
    expect(read({ SMTP__PORT: '', FLAG: '' })).toEqual({})
  })

  it('take the type of what they replace when the schema says nothing', () => {
    const below = { port: 25, on: false, name: 'x', list: [1] }
    expect(read({ PORT: '26', ON: 'true', NAME: '27', LIST: 'a,b' }, below, schemaRoot(undefined))).toEqual({
      port: 26,
      on: true,
      name: '27',
      list: ['a', 'b'],
    })
  })
})
