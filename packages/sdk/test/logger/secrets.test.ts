import { describe, expect, it } from 'vitest'
import { createSecrets, isSecretName } from '../../src/logger/secrets.js'

describe('isSecretName', () => {
  it.each([
    'password',
    'smtpPassword',
    'PASSWD',
    'api-key',
    'apiKey',
    'X-API-Key',
    'access_token',
    'secret',
    'clientSecret',
    'private_key',
    'authorization',
    'cookie',
    'pass',
  ])('knows %s', (name) => {
    expect(isSecretName(name)).toBe(true)
  })

  it.each(['key', 'token_count', 'compass', 'author', 'device_id', 'passenger', 'monkey'])(
    'leaves %s alone',
    (name) => {
      expect(isSecretName(name)).toBe(false)
    },
  )
})

describe('createSecrets', () => {
  it('takes values with special characters literally', () => {
    const secrets = createSecrets(['a.b*c(', '$&$1'])
    expect(secrets.mask('axb a.b*c( $&$1')).toBe('axb *** ***')
  })

  it('masks values added later, and a lone surrogate without failing', () => {
    const secrets = createSecrets()
    expect(secrets.mask('later')).toBe('later')
    secrets.add(['later', '\ud800abcd'])
    expect(secrets.mask('see later \ud800abcd')).toBe('see *** ***')
  })
})
