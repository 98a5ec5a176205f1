import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { buildPackage } from '../build-archive.js'
import { pluginsPage, readAnswer } from '../read-answer.js'
import { createRegistryServer, type RegistryServer } from '../registry-server.js'

describe('the marketplace', () => {
  let server: RegistryServer
  const install = (id: string, organizationId = 'default') =>
    server.registry.countInstall(id, { organizationId, version: '1.0.0' })
  const ids = async (path: string): Promise<string[]> => {
    const answer = await server.get(path)
    expect(answer.status).toBe(200)
    return (await readAnswer(answer, pluginsPage)).plugins.map(({ id }) => id)
  }

  beforeAll(async () => {
    server = await createRegistryServer({ featuredPlugins: ['beta-only', 'smtp-mailer'] })
    const plugins = [
      { id: 'anomaly-detector', name: 'Anomaly Detector', category: 'ai', keywords: ['forecast'] },
      { id: 'smtp-mailer', name: 'Mailer', category: 'integration', description: 'Sends anomalies by mail' },
      { id: 'charts', name: '100% Charts_', type: 'frontend', category: 'analytics' },
      { id: 'beta-only', name: 'Beta', version: '1.0.0-beta.1' },
      { id: 'withdrawn', name: 'Withdrawn' },
    ]
    for (const plugin of plugins) expect((await server.upload(buildPackage(plugin))).status).toBe(201)
    await server.send('DELETE', '/plugins/withdrawn/versions/1.0.0')
  })
  afterAll(() => server.close())

  it('lists what has a version to offer, pre-releases only on request', async () => {
    expect(await ids('/plugins/marketplace')).toEqual(['charts', 'anomaly-detector', 'smtp-mailer'])
    expect(await ids('/plugins/marketplace?prerelease=true&sort=name')).toEqual([
      'charts',
      'anomaly-detector',
      'beta-only',
      'smtp-mailer',
    ])
  })

  it('is the same for every organization', async () => {
    const answer = await server.get('/plugins/marketplace', 'other')
    expect((await readAnswer(answer, pluginsPage)).pagination.total_count).toBe(3)
  })

  it('filters by category and type', async () => {
    expect(await ids('/plugins/marketplace?category=ai')).toEqual(['anomaly-detector'])
    expect(await ids('/plugins/marketplace?type=frontend')).toEqual(['charts'])
    expect((await server.get('/plugins/marketplace?category=nonsense')).status).toBe(422)
  })

  it('pages', async () => {
    const answer = await readAnswer(
      await server.get('/plugins/marketplace?page=2&page_size=2&sort=name'),
      pluginsPage,
    )
    expect(answer.plugins).toHaveLength(1)
    expect(answer.pagination).toEqual({ page: 2, page_size: 2, total_count: 3, total_pages: 2 })
  })

  it('searches by word and by the beginning of one, names before descriptions', async () => {
    expect(await ids('/plugins/marketplace?search=anomaly')).toEqual(['anomaly-detector', 'smtp-mailer'])
    expect(await ids('/plugins/marketplace?search=detec')).toEqual(['anomaly-detector'])
    expect(await ids('/plugins/marketplace?search=forecast')).toEqual(['anomaly-detector'])
    expect(await ids('/plugins/marketplace?search=anomaly%20mail')).toEqual(['smtp-mailer'])
    expect(await ids('/plugins/marketplace?search=nothing')).toEqual([])
  })

  it('finds part of a name, and takes wildcards and operators as text', async () => {
    expect(await ids('/plugins/marketplace?search=tector')).toEqual(['anomaly-detector'])
    expect(await ids(`/plugins/marketplace?search=${encodeURIComponent('100%')}`)).toEqual(['charts'])
    expect(await ids(`/plugins/marketplace?search=${encodeURIComponent('_')}`)).toEqual(['charts'])
    for (const odd of ["'", '& | ! :*', "a' :* & 'b", '\\', 'the', '💥', `x${'y'.repeat(190)}`]) {
      expect(await ids(`/plugins/marketplace?search=${encodeURIComponent(odd)}`)).toEqual([])
    }
    expect((await server.get('/plugins/marketplace?search=%00')).status).toBe(422)
  })

  it('counts every category', async () => {
    const { categories } = await readAnswer(
      await server.get('/plugins/marketplace/categories'),
      z.object({ categories: z.array(z.object({ name: z.string(), count: z.int() })) }),
    )
    expect(categories).toHaveLength(10)
    expect(categories).toContainEqual({ name: 'ai', count: 1 })
    expect(categories).toContainEqual({ name: 'other', count: 0 })
  })

  it('features what the operator chose, when it can be offered, then the rest', async () => {
    expect((await ids('/plugins/marketplace/featured'))[0]).toBe('smtp-mailer')
    expect(await ids('/plugins/marketplace/featured')).toHaveLength(3)
  })

  it('does not let one enthusiastic review beat many good ones', async () => {
    const rate = (id: string, total: number, count: number) =>
      server.database.executeSql('update plugins set rating_total = $2, rating_count = $3 where id = $1', [
        id,
        total,
        count,
      ])
    await rate('charts', 5, 1)
    await rate('anomaly-detector', 48, 10)
    expect((await ids('/plugins/marketplace?sort=rating')).slice(0, 2)).toEqual([
      'anomaly-detector',
      'charts',
    ])
  })

  it('ranks trends by installs of the last seven days, not by all of them', async () => {
    for (let count = 0; count < 3; count++) await install('charts')
    await server.database.executeSql("update plugin_installs set installed_at = now() - interval '8 days'")
    await install('smtp-mailer')
    expect((await ids('/plugins/marketplace/trending')).slice(0, 2)).toEqual(['smtp-mailer', 'charts'])
    expect((await ids('/plugins/marketplace?sort=installs')).slice(0, 2)).toEqual(['charts', 'smtp-mailer'])
  })

  it('shows one plugin with its latest version', async () => {
    const plugin = await (await server.get('/plugins/marketplace/anomaly-detector')).json()
    expect(plugin).toMatchObject({
      id: 'anomaly-detector',
      version: '1.0.0',
      rating_average: 4.8,
      organization_id: 'default',
      latest: { version: '1.0.0', manifest: { id: 'anomaly-detector', category: 'ai' } },
    })
  })

  it('shows a plugin without any version left, and one with nothing but pre-releases', async () => {
    expect(await (await server.get('/plugins/marketplace/withdrawn')).json()).toMatchObject({
      version: null,
      latest: null,
    })
    expect(await (await server.get('/plugins/marketplace/beta-only')).json()).toMatchObject({
      version: '1.0.0-beta.1',
      latest_version: null,
      latest_prerelease: '1.0.0-beta.1',
    })
  })

  it.each([
    '/plugins/marketplace/nobody-knows',
    '/plugins/marketplace/..%2Fcharts',
    '/plugins/marketplace/nobody-knows/versions',
    '/plugins/marketplace/nobody-knows/reviews',
    '/plugins/marketplace/charts/versions/9.9.9',
    '/plugins/marketplace/charts/versions/banana',
    '/plugins/marketplace/charts/versions/9.9.9/download',
    '/plugins/marketplace/withdrawn/versions/1.0.0/download',
  ])('answers 404 for %s', async (path) => {
    expect((await server.get(path)).status).toBe(404)
  })

  it('counts downloads, but not those that send nothing', async () => {
    const path = '/plugins/marketplace/charts/versions/1.0.0/download'
    const first = await server.get(path)
    await first.arrayBuffer()
    const etag = first.headers.get('etag') ?? ''
    const again = await server.app.request(`/api/v1${path}`, {
      headers: { authorization: 'Bearer admin', 'if-none-match': `"x", W/${etag}` },
    })
    expect(again.status).toBe(304)
    expect(await (await server.get('/plugins/marketplace/charts')).json()).toMatchObject({
      downloads: 1,
      latest: { downloads: 1 },
    })
  })

  it('downloads large packages piece by piece without changing a byte', async () => {
    const noise = Array.from({ length: 90_000 }, (_, at) =>
      createHash('sha256').update(`${at}`).digest('hex'),
    )
    const bytes = buildPackage({ id: 'large', code: `//${noise.join('')}` })
    expect(bytes.length).toBeGreaterThan(2_500_000)
    await server.upload(bytes)
    const download = await server.get('/plugins/marketplace/large/versions/1.0.0/download')
    expect(Number(download.headers.get('content-length'))).toBe(bytes.length)
    expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true)
  })
})
