import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { createPluginSchema } from '../../src/manifest/create-plugin-schema.js'
import { inspectManifest } from '../../src/manifest/index.js'
import { minimalManifest } from './minimal-manifest.js'

const ajv = new Ajv({ allErrors: true, strict: false })
formats.default(ajv)
const accepts = ajv.compile(createPluginSchema())

describe('schema/plugin.schema.json', () => {
  it('is what the code generates (npm run schema -w packages/sdk)', () => {
    const file = readFileSync(new URL('../../schema/plugin.schema.json', import.meta.url), 'utf8')
    expect(JSON.parse(file)).toEqual(createPluginSchema())
  })

  it.each([
    {},
    { hooks: [{ name: 'device.created' }], api_routes: [{ path: '/a' }], permissions: ['api:devices:read'] },
    { config_schema: { type: 'object', properties: {} }, pricing: { model: 'free' } },
    { id: 'Bad Id' },
    { version: '1.0' },
    { permissions: ['devices:fly'] },
    { hooks: [{ handler: 'x' }] },
    { type: 'something' },
  ])('judges %j as parsing does', (extra) => {
    const value = minimalManifest(extra)
    expect(accepts(value)).toBe(inspectManifest(value).issues.length === 0)
  })
})
