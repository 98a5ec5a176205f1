import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { buildPackage } from './build-archive.js'
import { problem, readAnswer } from './read-answer.js'
import { createRegistryServer, type RegistryServer, sha256 } from './registry-server.js'

describe('registryRoutes', () => {
  let server: RegistryServer
  beforeAll(async () => {
    server = await createRegistryServer()
  })
  afterAll(() => server.close())

  it('takes a package from upload to the marketplace and back, byte for byte', async () => {
    const bytes = buildPackage({ id: 'round-trip', code: `// ${'x'.repeat(100)}` })
    const uploaded = await server.upload(bytes, { changelog: 'First' })
    expect(uploaded.status).toBe(201)
    expect(uploaded.headers.get('location')).toBe('/api/v1/plugins/marketplace/round-trip/versions/1.0.0')
    expect(await uploaded.json()).toMatchObject({
      id: 'round-trip',
      plugin_id: 'round-trip',
      version: '1.0.0',
      checksum: sha256(bytes),
      size: bytes.length,
      changelog: 'First',
      published_by: 'admin',
    })

    const list = await (await server.get('/plugins/marketplace?search=round')).json()
    expect(list).toMatchObject({
      plugins: [{ id: 'round-trip', version: '1.0.0', latest_version: '1.0.0' }],
      pagination: { page: 1, page_size: 20, total_count: 1, total_pages: 1 },
    })

    const versions = await (await server.get('/plugins/marketplace/round-trip/versions')).json()
    expect(versions).toMatchObject({ versions: [{ version: '1.0.0', yanked_at: null }] })

    const download = await server.get('/plugins/marketplace/round-trip/versions/1.0.0/download')
    expect(download.headers.get('x-checksum-sha256')).toBe(sha256(bytes))
    expect(download.headers.get('content-type')).toBe('application/gzip')
    expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true)
  })

  it('describes its routes in OpenAPI', async () => {
    const document = await readAnswer(
      await server.app.request('/openapi.json'),
      z.object({ paths: z.record(z.string(), z.unknown()) }),
    )
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/v1/plugins/upload',
        '/api/v1/plugins/marketplace',
        '/api/v1/plugins/marketplace/{id}/reviews',
        '/api/v1/plugins/marketplace/{id}/versions/{version}/download',
        '/api/v1/plugins/{id}/versions/{version}/deprecate',
      ]),
    )
  })

  it.each([
    ['GET', '/plugins/marketplace', 'plugins:read'],
    ['GET', '/plugins/marketplace/categories', 'plugins:read'],
    ['GET', '/plugins/marketplace/featured', 'plugins:read'],
    ['GET', '/plugins/marketplace/trending', 'plugins:read'],
    ['GET', '/plugins/marketplace/weather', 'plugins:read'],
    ['GET', '/plugins/marketplace/weather/versions', 'plugins:read'],
    ['GET', '/plugins/marketplace/weather/versions/1.0.0', 'plugins:read'],
    ['GET', '/plugins/marketplace/weather/versions/1.0.0/download', 'plugins:read'],
    ['GET', '/plugins/marketplace/weather/reviews', 'plugins:read'],
    ['POST', '/plugins/marketplace/weather/reviews', 'plugins:write'],
    ['POST', '/plugins/upload', 'plugins:write'],
    ['POST', '/plugins/weather/versions/1.0.0/deprecate', 'plugins:write'],
    ['DELETE', '/plugins/weather/versions/1.0.0', 'plugins:write'],
  ])('%s %s needs the permission %s', async (method, path, permission) => {
    const refused = await server.send(method, path, undefined, 'nobody')
    expect(refused.status).toBe(403)
    expect((await readAnswer(refused, problem)).detail).toContain(permission)
    if (permission === 'plugins:write') {
      expect((await server.send(method, path, undefined, 'reader')).status).toBe(403)
    }
  })
})
