import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { versionResource } from '../../../src/registry/marketplace/version-resource.js'
import { buildPackage } from '../build-archive.js'
import { problem, readAnswer, versionsPage } from '../read-answer.js'
import { createRegistryServer, type RegistryServer } from '../registry-server.js'

describe('versions', () => {
  let server: RegistryServer
  const publish = (id: string, ...versions: string[]) =>
    versions.reduce<Promise<unknown>>(
      (before, version) =>
        before.then(() => server.upload(buildPackage({ id, version, name: `Name of ${version}` }))),
      Promise.resolve(),
    )
  const plugin = async (id: string) => (await server.get(`/plugins/marketplace/${id}`)).json()
  const get = async (id: string, version: string) =>
    readAnswer(await server.get(`/plugins/marketplace/${id}/versions/${version}`), versionResource)
  beforeAll(async () => {
    server = await createRegistryServer()
  })
  afterAll(() => server.close())

  it('are ordered by precedence and not by date', async () => {
    await publish('order', '1.10.0', '2.0.0-rc.1', '1.9.0', '1.2.0')
    expect(await plugin('order')).toMatchObject({
      name: 'Name of 1.10.0',
      latest_version: '1.10.0',
      latest_prerelease: '2.0.0-rc.1',
    })
    const { versions, pagination } = await readAnswer(
      await server.get('/plugins/marketplace/order/versions?page_size=3'),
      versionsPage,
    )
    expect(versions.map(({ version }) => version)).toEqual(['2.0.0-rc.1', '1.10.0', '1.9.0'])
    expect(versions[0]?.prerelease).toBe(true)
    expect(pagination).toMatchObject({ total_count: 4, total_pages: 2 })
  })

  it('that are yanked are listed as such and no longer offered, and yanking twice changes nothing', async () => {
    await publish('yank', '1.0.0', '1.1.0')
    const yanked = await server.send('DELETE', '/plugins/yank/versions/1.1.0')
    expect([yanked.status, await yanked.json()]).toEqual([200, { status: 'deleted', id: 'yank@1.1.0' }])
    const first = await get('yank', '1.1.0')
    expect(first.yanked_at).toMatch(/Z$/)
    expect((await server.send('DELETE', '/plugins/yank/versions/1.1.0')).status).toBe(200)
    expect((await get('yank', '1.1.0')).yanked_at).toBe(first.yanked_at)
    expect(await plugin('yank')).toMatchObject({ name: 'Name of 1.0.0', latest_version: '1.0.0' })
    const download = await server.get('/plugins/marketplace/yank/versions/1.1.0/download')
    expect(download.status).toBe(404)
    expect((await readAnswer(download, problem)).detail).toMatch(/was yanked: ask for 1.0.0/)
  })

  it('that are yanked keep their number: other bytes are refused, the same stay yanked', async () => {
    await publish('number', '1.0.0')
    await server.send('DELETE', '/plugins/number/versions/1.0.0')
    const other = await server.upload(buildPackage({ id: 'number', code: 'changed' }))
    expect(other.status).toBe(409)
    const same = await server.upload(buildPackage({ id: 'number', name: 'Name of 1.0.0' }))
    expect(same.status).toBe(200)
    expect((await readAnswer(same, versionResource)).yanked_at).not.toBeNull()
  })

  it('are deprecated with a message, and that can be taken back', async () => {
    await publish('old', '1.0.0')
    const path = '/plugins/old/versions/1.0.0/deprecate'
    const deprecated = await server.send('POST', path, { message: 'Use 2.0.0' })
    expect(await deprecated.json()).toMatchObject({
      deprecation_message: 'Use 2.0.0',
      deprecated_at: expect.any(String),
    })
    expect(await plugin('old')).toMatchObject({
      latest_version: '1.0.0',
      latest: { deprecation_message: 'Use 2.0.0' },
    })
    const restored = await server.send('POST', path, { deprecated: false })
    expect(await restored.json()).toMatchObject({ deprecation_message: null, deprecated_at: null })
    const bare = await server.send('POST', path)
    expect(await bare.json()).toMatchObject({ deprecation_message: null, deprecated_at: expect.any(String) })
  })

  it('are changed by their publisher only', async () => {
    await publish('mine', '1.0.0')
    expect((await server.send('DELETE', '/plugins/mine/versions/1.0.0', undefined, 'other')).status).toBe(403)
    const deprecated = await server.send('POST', '/plugins/mine/versions/1.0.0/deprecate', {}, 'other')
    expect(deprecated.status).toBe(403)
    expect(await plugin('mine')).toMatchObject({ latest_version: '1.0.0', latest: { deprecated_at: null } })
  })

  it('that do not exist are 404', async () => {
    await publish('some', '1.0.0')
    for (const path of ['/plugins/some/versions/2.0.0', '/plugins/none/versions/1.0.0']) {
      expect((await server.send('DELETE', path)).status).toBe(404)
      expect((await server.send('POST', `${path}/deprecate`, {})).status).toBe(404)
    }
  })
})
