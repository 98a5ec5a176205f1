import { describe, expect, it } from 'vitest'
import { checkSecrets } from '../../src/validate/check-secrets.js'

const found = (text: string) =>
  checkSecrets([{ path: 'a.ts', text }]).map(({ line, column, message }) => `${line}:${column} ${message}`)

// Put together here, so that no scanner takes this file for a leak.
const glue = (...parts: string[]) => parts.join('')

describe('checkSecrets', () => {
  it.each([
    [glue('-----BEGIN ', 'OPENSSH PRIVATE KEY-----'), 'a private key'],
    [glue('ock_', 'a1b2c3d4_', 'Zm9vYmFyYmF6cXV4cXV1eA'), 'an Ops-Center key'],
    [glue('AKIA', 'QYLPMN5HHHFPZAM2'), 'an AWS access key'],
    [glue('ghp_', 'a'.repeat(36)), 'a GitHub token'],
    [glue('xoxb-', '123456789012-abcdefghijkl'), 'a Slack token'],
    [glue('sk_live_', 'abcdefghijklmnop1234'), 'a Stripe key'],
    [glue('postgres://admin:', 'h4rdT0Guess', '@db.internal/x'), 'a password in an address'],
    [glue('password = "', 'kJ8#mPq2$xZ9vL', '"'), 'a secret'],
    [glue('api_key: "', 'f3b9c1d47e8a62051bc', '"'), 'a secret'],
  ])('finds %s', (text, name) => {
    expect(found(`first\n  ${text}`)).toEqual([`2:3 a.ts contains ${name}`])
  })

  it.each([
    'password: "changeme-please"',
    'api_key: "your-api-key-here"',
    "plugin.config.get('api_key', '')",
    'password = process.env.PASSWORD',
    `const token = \`\${prefix}-\${id}\``,
    'postgres://user:password@localhost/db',
    `postgres://user:\${password}@localhost/db`,
    'secret: "aaaaaaaaaaaa"',
  ])('is not alarmed by %s', (text) => {
    expect(found(text)).toEqual([])
  })
})
