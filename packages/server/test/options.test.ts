import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolveServerOptions, SERVER_ENVIRONMENT } from '../src/options.js'

describe('resolveServerOptions', () => {
  it('fills in the defaults', () => {
    expect(resolveServerOptions()).toMatchObject({
      port: 8000,
      host: '127.0.0.1',
      dataDir: resolve('.ops-center'),
      databaseUrl: undefined,
      adminKey: undefined,
      logFormat: 'text',
      logLevel: 'info',
    })
  })

  it('prefers what is given over the environment, and the environment over the defaults', () => {
    const env = { OPS_CENTER_PORT: '9000', OPS_CENTER_HOST: '0.0.0.0', OPS_CENTER_DATA_DIR: '' }
    expect(resolveServerOptions(env, { port: 0 })).toMatchObject({
      port: 0,
      host: '0.0.0.0',
      dataDir: resolve('.ops-center'),
    })
  })

  it.each([
    ['OPS_CENTER_PORT', '65536'],
    ['OPS_CENTER_PORT', '-1'],
    ['OPS_CENTER_PORT', '80.5'],
    ['OPS_CENTER_HOST', 'a b'],
    ['OPS_CENTER_LOG_FORMAT', 'xml'],
    ['OPS_CENTER_STOP_TIMEOUT', 'soon'],
    ['DATABASE_URL', 'localhost'],
  ])('refuses %s=%s, naming both and what is expected', (name, value) => {
    expect(() => resolveServerOptions({ [name]: value })).toThrow(
      expect.objectContaining({
        code: 'setting_invalid',
        message: expect.stringMatching(new RegExp(`${name}="${value}".*expected`)),
      }),
    )
  })

  it('never shows a secret in an error', () => {
    expect(() => resolveServerOptions({ OPS_CENTER_ADMIN_KEY: 'my secret' })).toThrow(/^((?!secret).)*$/)
    expect(() => resolveServerOptions({ DATABASE_URL: 'mysql://me:hush@host/x' })).toThrow(/^((?!hush).)*$/)
  })

  it('lists what it reads', () => {
    expect(SERVER_ENVIRONMENT).toEqual(expect.arrayContaining(['OPS_CENTER_PORT', 'DATABASE_URL']))
  })
})
