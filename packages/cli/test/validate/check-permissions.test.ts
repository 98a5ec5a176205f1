import { parseManifestText } from '@ops-center/plugin-sdk/manifest'
import { describe, expect, it } from 'vitest'
import { checkPermissions } from '../../src/validate/check-permissions.js'

const HEAD = 'id: a\nname: A\nversion: 1.0.0\ndescription: A\nauthor: A\ntype: backend\n'

function check(code: string, extra = ''): string[] {
  const loaded = parseManifestText(`${HEAD}${extra}`)
  return checkPermissions(loaded, [{ path: 'main.ts', text: code }]).map(
    ({ severity, file, line, column, message }) => `${severity} ${file}:${line}:${column} ${message}`,
  )
}

describe('checkPermissions', () => {
  it.each([
    ['await plugin.api.devices.list()', 'devices:read'],
    ['await plugin.api.devices.getMetrics(id)', 'devices:read'],
    ['await plugin.api.devices.sendMetrics(id, {})', 'devices:write'],
    ['for await (const d of plugin.api.devices.iterate<X>()) {}', 'devices:read'],
    ['const { api } = plugin; api.orgs.list()', 'organizations:read'],
    ['plugin.api\n  .alerts\n  .acknowledge(id)', 'alerts:write'],
    ['plugin.api?.users?.me()', 'users:read'],
    ['this.plugin.api.webhooks.test(id)', 'webhooks:write'],
  ])('sees that %j needs %s', (code, permission) => {
    const [found] = check(code)
    expect(found).toMatch(/^error main\.ts:1:\d+ /)
    expect(found).toContain(`needs the permission ${permission}, `)
    expect(check(code, `permissions: ["${permission}"]\n`)).toEqual([])
  })

  it('names line and column of the call', () => {
    expect(check('// first\n  plugin.api.users.list()')[0]).toMatch(
      /^error main\.ts:2:10 api\.users\.list needs/,
    )
  })

  it.each([
    '// plugin.api.devices.list()',
    '/* plugin.api.devices\n.list() */',
    'const url = "http://x" // api.devices.list()',
    'myapi.devices.list()',
    'const help = "call fetch() or api.devices.list()"',
    'plugin.createApp().fetch(request)',
  ])('is not misled by %j', (code) => {
    expect(check(code)).toEqual([])
  })

  it('points at fetch without the permission to reach other hosts', () => {
    expect(check('await fetch("https://example.com")')[0]).toMatch(
      /^warning main\.ts:1:7 fetch needs the permission network:outbound/,
    )
  })

  it('wants the permission to hear what is hooked and to be asked what is filtered', () => {
    const lists = 'hooks:\n  - event: alert.*\nfilters:\n  - filter: metrics.process\n'
    expect(check('', lists)).toEqual([
      'error plugin.yaml:8:12 alert.* is never delivered without the permission alerts:read',
      'error plugin.yaml:10:13 metrics.process is never delivered without the permission devices:read',
    ])
  })

  it('points out what nothing uses, unless the code hides what it uses', () => {
    const permissions = 'permissions: [devices:read, storage:read]\n'
    expect(check('', permissions)).toEqual([
      'warning plugin.yaml:7:15 Nothing seems to use the permission devices:read',
    ])
    expect(check('plugin.api.get("/devices")', permissions)).toEqual([])
    expect(check('const devices = plugin.api.devices', permissions)).toEqual([])
    expect(check('learn(plugin.api)', permissions)).toEqual([])
  })

  it('does not judge code that is not there, as that of a remote plugin in another language', () => {
    expect(checkPermissions(parseManifestText(`${HEAD}permissions: [devices:read]\n`), [])).toEqual([])
  })
})
