import { expect, it } from 'vitest'
import type { Installation } from '../../../src/host/installations/installation.js'
import { LiveTokens } from '../../../src/host/installations/installation-tokens.js'

const installation = (permissions: string[]): Installation => ({
  id: 'one',
  organization_id: 'org',
  plugin_id: 'weather',
  version: '1.0.0',
  previous_version: null,
  previous_permissions: null,
  purging: false,
  state: 'enabled',
  reason: null,
  enabled: true,
  permissions,
  config: {},
  registrations: { hooks: [], filters: [], routes: [], tasks: [] },
  remote: null,
  installed_at: new Date(0),
  updated_at: new Date(0),
})

it('gives each start a token of its own, which opens nothing once it is revoked', async () => {
  const tokens = new LiveTokens()
  const [first, second] = [tokens.issue(installation([])), tokens.issue(installation([]))]
  expect(first.token).not.toBe(second.token)
  first.revoke()
  expect(await tokens.resolve(first.token)).toBeUndefined()
  expect(await tokens.resolve(second.token)).toMatchObject({ kind: 'installation', id: 'one' })
})

it('keeps a token that two starts share until the last is over; the latest says what it opens', async () => {
  const tokens = new LiveTokens()
  const former = tokens.issue(installation([]), 'derived')
  const latest = tokens.issue(installation(['devices:write']), 'derived')
  expect(latest.token).toBe(former.token)
  const granted = async () => (await tokens.resolve(former.token))?.permissions.has('devices:write')
  expect(await granted()).toBe(true)
  former.revoke()
  former.revoke()
  expect(await granted()).toBe(true)
  latest.revoke()
  expect(await tokens.resolve(former.token)).toBeUndefined()
})
