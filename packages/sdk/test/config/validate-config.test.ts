import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/config-error.js'
import { createConfigValidator } from '../../src/config/validate-config.js'

describe('validation', () => {
  it('lists every problem with its path and the fix', () => {
    const validate = createConfigValidator({
      type: 'object',
      required: ['key'],
      additionalProperties: false,
      properties: {
        key: { type: 'string' },
        smtp: { required: ['host'], properties: { host: { type: 'string' }, port: { type: 'integer' } } },
        mode: { enum: ['fast', 'slow'] },
        mail: { type: 'string', format: 'email' },
        list: { items: { type: 'number' } },
      },
    })
    const values = { smtp: { port: '25' }, mode: 'medium', mail: 'nobody', list: [1, 'x'], typo: 1 }
    expect(validate(values)).toEqual([
      { path: 'key', message: 'is required: set it in config.yaml or as OPS_PLUGIN_CONFIG__KEY' },
      { path: 'typo', message: 'is not a known setting: expected one of key, smtp, mode, mail, list' },
      {
        path: 'smtp.host',
        message: 'is required: set it in config.yaml or as OPS_PLUGIN_CONFIG__SMTP__HOST',
      },
      { path: 'smtp.port', message: 'must be integer, but is "25"' },
      {
        path: 'mode',
        message: 'must be equal to one of the allowed values ("fast", "slow"), but is "medium"',
      },
      { path: 'mail', message: 'must match format "email", but is "nobody"' },
      { path: 'list.1', message: 'must be number, but is "x"' },
    ])
    expect(validate({ key: 'x', mail: 'a@b.de' })).toEqual([])
  })

  it('lets a plugin be told where its Ops-Center is, whatever its schema says', () => {
    const validate = createConfigValidator({ additionalProperties: false })
    expect(validate({ ops_center_api_url: 'http://a.test', ops_center_api_key: 'k' })).toEqual([])
  })

  it('takes any draft that a schema names', () => {
    const $schema = 'https://json-schema.org/draft/2020-12/schema'
    expect(createConfigValidator({ $schema, type: 'object' })({})).toEqual([])
  })

  it('refuses a schema that is none', () => {
    expect(() => createConfigValidator({ type: 'objekt' })).toThrow(ConfigError)
    expect(() => createConfigValidator({ properties: { a: { pattern: '(' } } })).toThrow(
      /not a usable JSON Schema/,
    )
  })

  it('says nothing without a schema', () => {
    expect(createConfigValidator(undefined)({ anything: 1 })).toEqual([])
  })
})

describe('ConfigError', () => {
  it('shows one problem in a line and several in a list', () => {
    expect(new ConfigError('c', [{ path: 'a', message: 'is bad' }]).message).toBe(
      'The configuration is wrong: a is bad',
    )
    const two = [
      { path: 'a', message: 'is bad' },
      { path: '', message: 'All is bad' },
    ]
    expect(new ConfigError('c', two).message).toBe(
      'The configuration has 2 problems:\n- a is bad\n- All is bad',
    )
  })
})
