import { describe, expect, it } from 'vitest'
import { inspectManifest, ManifestError, parseManifest } from '../../src/manifest/index.js'
import { minimalManifest } from './minimal-manifest.js'

describe('parseManifest', () => {
  it('fills in every default', () => {
    expect(parseManifest(minimalManifest())).toEqual({
      ...minimalManifest(),
      category: 'other',
      keywords: [],
      permissions: [],
      hooks: [],
      filters: [],
      routes: [],
      tasks: [],
      slots: [],
      runtime: { type: 'node', version: '>=20', entrypoint: 'main.ts' },
      resources: { memory: '128MB', timeout: '30s' },
    })
  })

  it.each(['1.0.0', '1.0.0-beta.1', '0.1.0', '2.3.4-rc.1+build.5'])('accepts the version %s', (version) => {
    expect(parseManifest(minimalManifest({ version })).version).toBe(version)
  })

  it('accepts the older spellings and reports them in the one canonical form', () => {
    const manifest = parseManifest(
      minimalManifest({
        permissions: ['api:devices:read', 'devices:read', 'alerts:write'],
        hooks: [{ name: 'device.created', handler: 'onDeviceCreated' }],
        api_routes: [{ path: '/stats', method: 'get' }],
        config_schema: { type: 'object', properties: { min: { type: 'number', min: 1, max: 5 } } },
      }),
    )
    expect(manifest.permissions).toEqual(['devices:read', 'alerts:write'])
    expect(manifest.hooks).toEqual([{ event: 'device.created', handler: 'onDeviceCreated', priority: 10 }])
    expect(manifest.routes).toEqual([{ path: '/stats', methods: ['GET'], auth: 'required' }])
    expect(manifest.config_schema).toEqual({
      type: 'object',
      properties: { min: { type: 'number', minimum: 1, maximum: 5 } },
    })
  })

  it('lists every problem at once, each with its path and a fix', () => {
    const broken = minimalManifest({ id: '../../evil', version: 'banana', permissions: ['devices:raed'] })
    delete broken.author
    const { issues } = inspectManifest(broken)
    expect(issues.map(({ path }) => path)).toEqual(['id', 'version', 'author', 'permissions[0]'])
    expect(issues[0]?.message).toMatch(/^id is "..\/..\/evil": expected up to 100 lower-case letters/)
    expect(issues[2]).toEqual({
      path: 'author',
      message: 'author is missing',
      fix: 'Add author: DevOps Team',
    })
    expect(issues[3]?.fix).toBe('Did you mean "devices:read"?')
  })

  it.each([
    ['version', 1, /^version is the number 1: expected a semantic version as text/],
    ['version', 'v1.0.0', /^version is "v1.0.0"/],
    ['version', '1.0', /^version is "1.0"/],
    ['type', 'backnd', /^type is "backnd": expected one of backend/],
    ['name', 'two\nlines', /^name is "two\\nlines"/],
    ['name', '   ', /^name is " {3}"/],
    ['homepage', 'javascript:alert(1)', /^homepage is "javascript/],
    ['hooks', { event: 'device.created' }, /^hooks is a mapping: expected a list/],
    ['hooks', [{ event: 'created' }], /^hooks\[0\].event is "created"/],
    ['hooks', [{}], /^hooks\[0\].event is missing/],
    [
      'hooks',
      [{ event: 'device.created', timeout: 'soon' }],
      /^hooks\[0\].timeout is "soon": expected a duration/,
    ],
    ['hooks', [{ event: 'a.b' }, { event: 'a.b' }], /^hooks\[1\] lists a.b again/],
    ['routes', [{ path: 'stats' }], /^routes\[0\].path is "stats"/],
    ['routes', [{ path: '/a', methods: ['FETCH'] }], /^routes\[0\].methods\[0\] is "FETCH"/],
    [
      'routes',
      [{ path: '/a' }, { path: '/a', methods: ['get', 'post'] }],
      /^routes\[1\] lists GET \/a again/,
    ],
    ['tasks', [{ name: 'train', cron: 'not a cron' }], /^tasks\[0\].cron is "not a cron"/],
    ['tasks', [{ name: 'train' }, { name: 'train' }], /^tasks\[1\] lists train again/],
    ['dependencies', { plugins: { other: 'banana' } }, /^dependencies.plugins.other is "banana"/],
    ['dependencies', { plugins: { '../x': '>=1' } }, /^dependencies.plugins\["..\/x"\] is/],
    ['dependencies', { plugins: { 'weather-monitor': '>=1' } }, /lists the plugin itself/],
    ['ops_center', 'tomorrow', /^ops_center is "tomorrow"/],
    ['runtime', { entrypoint: '../main.ts' }, /^runtime.entrypoint is "..\/main.ts"/],
    ['runtime', { entrypoint: '/etc/passwd' }, /^runtime.entrypoint is/],
    ['runtime', { type: 'remote', url: 'here' }, /^runtime.url is "here"/],
    ['resources', { memory: 'plenty' }, /^resources.memory is "plenty"/],
    ['pricing', { model: 'subscription' }, /^pricing.price is missing/],
    ['permissions', ['plugins:write'], /^permissions\[0\] is "plugins:write"/],
    ['config_schema', { type: 'array' }, /^config_schema.type is "array": a configuration is an object/],
    ['config_schema', { limit: { type: 'number' } }, /^config_schema lists settings \(limit\)/],
    [
      'config_schema',
      { type: 'object', properties: { limit: { type: 'nubmer' } } },
      /^config_schema.properties.limit.type must be/,
    ],
    [
      'config_schema',
      { type: 'object', properties: { limit: { type: 'number', default: 'ten' } } },
      /^config_schema.properties.limit.default is "ten": must be number/,
    ],
  ])('refuses %s: %j', (key, value, message) => {
    const { issues, manifest } = inspectManifest(minimalManifest({ [key]: value }))
    expect(manifest).toBeUndefined()
    expect(issues).toHaveLength(1)
    expect(issues[0]?.message).toMatch(message)
    expect(issues[0]?.fix).not.toBe('')
  })

  it.each([[[]], ['text'], [null], [undefined], [7], [new Date()]])('refuses %j as a whole', (value) => {
    expect(() => parseManifest(value)).toThrow(/The manifest is .*expected a mapping/)
  })

  it('refuses a manifest that contains itself instead of never ending', () => {
    const loop: Record<string, unknown> = minimalManifest()
    loop.config_schema = { properties: loop }
    expect(() => parseManifest(loop)).toThrow(/refers to itself/)
  })

  it('warns about unknown keys at every level and still gives the manifest', () => {
    const { manifest, warnings } = inspectManifest(
      minimalManifest({ permisions: [], hooks: [{ event: 'device.created', prioritty: 1 }], zzz: 1 }),
    )
    expect(manifest?.hooks).toEqual([{ event: 'device.created', priority: 10 }])
    expect(warnings.map(({ path, fix }) => `${path}: ${fix}`)).toEqual([
      'hooks[0].prioritty: Did you mean "priority"?',
      'permisions: Did you mean "permissions"?',
      expect.stringMatching(/^zzz: Remove it; known keys here: id, name/),
    ])
  })

  it('warns about an event that only looks like one of the platform', () => {
    const { warnings } = inspectManifest(
      minimalManifest({
        hooks: [{ event: 'device.craeted' }, { event: 'device.*' }, { event: 'prediction.completed' }],
        filters: [{ filter: 'device.data.proces' }, { filter: 'my.own' }],
      }),
    )
    expect(warnings.map(({ path, fix }) => `${path}: ${fix}`)).toEqual([
      'hooks[0].event: Did you mean "device.created"?',
      'filters[0].filter: Did you mean "device.data.process"?',
    ])
  })

  it('warns about a keyword that JSON Schema does not know', () => {
    const { warnings } = inspectManifest(
      minimalManifest({
        config_schema: {
          type: 'object',
          properties: { key: { type: 'string', sensitive: true, minLenght: 3 } },
        },
      }),
    )
    expect(warnings.map(({ path, fix }) => `${path}: ${fix}`)).toEqual([
      'config_schema.properties.key.minLenght: Did you mean "minLength"?',
    ])
  })

  it('throws a ManifestError that carries the issues and the warnings', () => {
    let thrown: unknown
    try {
      parseManifest(minimalManifest({ id: 'Bad', verison: 1 }))
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(ManifestError)
    expect(thrown).toMatchObject({
      code: 'manifest_invalid',
      issues: [{ path: 'id' }],
      warnings: [{ path: 'verison' }],
    })
  })

  it('never lets a key named __proto__ reach an object', () => {
    const value: unknown = JSON.parse(
      JSON.stringify(minimalManifest()).replace('{', '{"__proto__":{"polluted":true},'),
    )
    const manifest = parseManifest(value)
    expect(Object.hasOwn(manifest, '__proto__')).toBe(false)
    expect('polluted' in manifest).toBe(false)
  })
})
