import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildPackage } from '../build-archive.js'
import { problem, readAnswer, reviewsPage } from '../read-answer.js'
import { createRegistryServer, type RegistryServer } from '../registry-server.js'

describe('reviews', () => {
  let server: RegistryServer
  const path = '/plugins/marketplace/weather/reviews'
  beforeAll(async () => {
    server = await createRegistryServer()
    await server.upload(buildPackage())
  })
  beforeEach(async () => {
    await server.database.executeSql('delete from plugin_reviews; delete from plugin_installs')
    await server.registry.countInstall('weather', { organizationId: 'default', version: '1.0.0' })
  })
  afterAll(() => server.close())

  it('are written by those who installed the plugin, and nobody else', async () => {
    const written = await server.send('POST', path, { rating: 4, comment: 'Works' })
    expect(written.status).toBe(201)
    expect(await written.json()).toMatchObject({
      plugin_id: 'weather',
      rating: 4,
      title: null,
      comment: 'Works',
      author: 'admin',
      version: '1.0.0',
    })
    const refused = await server.send('POST', path, { rating: 1 }, 'other')
    expect(refused.status).toBe(403)
    expect((await readAnswer(refused, problem)).detail).toMatch(/install/)
  })

  it('replace the earlier one by the same author, and keep the average true', async () => {
    await server.send('POST', path, { rating: 1 })
    await server.send('POST', path, { rating: 5 }, 'writer')
    expect((await server.send('POST', path, { rating: 4, title: 'Better now' })).status).toBe(200)
    expect(await (await server.get('/plugins/marketplace/weather')).json()).toMatchObject({
      rating_average: 4.5,
      rating_count: 2,
    })
    const list = await readAnswer(await server.get(path, 'other'), reviewsPage)
    expect(list.reviews.map(({ title }) => title)).toEqual(['Better now', null])
    expect(list.pagination.total_count).toBe(2)
  })

  it('are counted right when they come at once', async () => {
    await Promise.all([
      server.send('POST', path, { rating: 2 }),
      server.send('POST', path, { rating: 2 }),
      server.send('POST', path, { rating: 4 }, 'writer'),
    ])
    expect(await (await server.get('/plugins/marketplace/weather')).json()).toMatchObject({
      rating_average: 3,
      rating_count: 2,
    })
  })

  it.each([
    [{}],
    [{ rating: 0 }],
    [{ rating: 6 }],
    [{ rating: 2.5 }],
    [{ rating: '5' }],
    [{ rating: 3, title: 'a\0' }],
  ])('refuse %j', async (body) => {
    expect((await server.send('POST', path, body)).status).toBe(422)
  })

  it('answer 404 for a plugin that is not there', async () => {
    expect((await server.send('POST', '/plugins/marketplace/nothing/reviews', { rating: 3 })).status).toBe(
      404,
    )
  })
})
