import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeManifest } from '../../src/manifest/index.js'
import { minimalManifest } from './minimal-manifest.js'

const permission = fc.oneof(
  fc.constantFrom('api:devices:read', 'devices:read', ' alerts:write ', 'a:b:c:d'),
  fc.string(),
)
const entry = fc.dictionary(
  fc.constantFrom('name', 'event', 'filter', 'path', 'method', 'methods', 'slot'),
  fc.jsonValue(),
)
const schema = fc.letrec((tie) => ({
  node: fc.dictionary(
    fc.constantFrom('min', 'max', 'minimum', 'properties', 'items', 'anyOf', 'default', 'type'),
    fc.oneof(
      { maxDepth: 3 },
      fc.integer(),
      fc.string(),
      tie('node'),
      fc.array(tie('node'), { maxLength: 2 }),
    ),
  ),
})).node
const manifestLike = fc.record(
  {
    type: fc.constantFrom('backend', 'container', 7),
    permissions: fc.oneof(fc.array(permission), fc.jsonValue()),
    hooks: fc.oneof(fc.array(entry), fc.jsonValue()),
    filters: fc.oneof(fc.array(entry), fc.jsonValue()),
    routes: fc.oneof(fc.array(entry), fc.jsonValue()),
    api_routes: fc.oneof(fc.array(entry), fc.jsonValue()),
    slots: fc.oneof(fc.array(fc.oneof(entry, fc.string())), fc.jsonValue()),
    runtime: fc.jsonValue(),
    config_schema: schema,
  },
  { requiredKeys: [] },
)

describe('normalizeManifest', () => {
  it('changes nothing the second time, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(manifestLike, fc.jsonValue()), (value) => {
        const once = normalizeManifest(value)
        expect(normalizeManifest(once)).toEqual(once)
      }),
      { numRuns: 300 },
    )
  })

  it('leaves its input as it was', () => {
    fc.assert(
      fc.property(manifestLike, (value) => {
        const before = structuredClone(value)
        normalizeManifest(value)
        expect(value).toEqual(before)
      }),
    )
  })

  it('keeps settings that happen to be called min and max', () => {
    const config_schema = {
      properties: { min: { type: 'number', min: 1 }, max: { default: { min: 3 }, enum: [{ max: 1 }] } },
      allOf: [{ max: 4 }],
    }
    expect(normalizeManifest({ config_schema })).toEqual({
      config_schema: {
        properties: { min: { type: 'number', minimum: 1 }, max: { default: { min: 3 }, enum: [{ max: 1 }] } },
        allOf: [{ maximum: 4 }],
      },
    })
  })

  it('treats a key with nothing behind it as absent', () => {
    expect(normalizeManifest({ ...minimalManifest(), hooks: null })).toEqual(minimalManifest())
  })

  it('makes a container remote', () => {
    expect(normalizeManifest({ type: 'container', runtime: { url: 'http://x' } })).toMatchObject({
      runtime: { type: 'remote', url: 'http://x' },
    })
  })

  it('writes onError of a hook as on_error', () => {
    const hooks = [{ name: 'device.created', onError: 'ignore' }]
    expect(normalizeManifest({ hooks })).toEqual({ hooks: [{ event: 'device.created', on_error: 'ignore' }] })
  })
})
