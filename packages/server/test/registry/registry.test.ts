import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPackage } from './build-archive.js'
import { createRegistryServer, type RegistryServer } from './registry-server.js'

describe('createRegistry', () => {
  let server: RegistryServer
  beforeAll(async () => {
    server = await createRegistryServer()
    for (const version of ['1.0.0', '1.2.0', '2.0.0', '2.1.0', '3.0.0-beta.1']) {
      await server.upload(buildPackage({ version }))
    }
    await server.upload(buildPackage({ id: 'beta', version: '1.0.0-beta.1' }))
    await server.send('DELETE', '/plugins/weather/versions/2.1.0')
  })
  afterAll(() => server.close())

  it.each([
    [undefined, '2.0.0'],
    ['latest', '2.0.0'],
    ['1.0.0', '1.0.0'],
    ['^1.0.0', '1.2.0'],
    ['>=1', '2.0.0'],
    ['3.0.0-beta.1', '3.0.0-beta.1'],
    ['>=3.0.0-0', '3.0.0-beta.1'],
  ])('resolves %s', async (wanted, version) => {
    const found = await server.registry.resolve('weather', wanted)
    expect(found.version).toBe(version)
    expect(found.manifest).toMatchObject({ id: 'weather', version })
  })

  it.each([
    ['4.0.0', /no version "4.0.0": ask for 2.0.0 or 3.0.0-beta.1/],
    ['^9', /no version "\^9"/],
    ['banana', /no version "banana"/],
    ['2.1.0', /was yanked/],
  ])('has no version for %s', async (wanted, message) => {
    await expect(server.registry.resolve('weather', wanted)).rejects.toMatchObject({
      code: 'version_unknown',
      message: expect.stringMatching(message),
    })
  })

  it('offers no pre-release to those who did not ask for one', async () => {
    await expect(server.registry.resolve('beta')).rejects.toThrow(
      /no version that is not a pre-release: ask for 1.0.0-beta.1/,
    )
  })

  it('tells an unknown plugin from an unknown version', async () => {
    await expect(server.registry.resolve('nothing')).rejects.toMatchObject({ code: 'plugin_unknown' })
    await expect(server.registry.readPackage('nothing', '1.0.0')).rejects.toMatchObject({
      code: 'plugin_unknown',
    })
    await expect(server.registry.readPackage('weather', '9.0.0')).rejects.toMatchObject({
      code: 'version_unknown',
    })
  })

  it('gives those who have a yanked version what they need to keep it', async () => {
    const found = await server.registry.resolve('weather', '2.1.0', { yanked: true })
    expect(found.yanked_at).toBeInstanceOf(Date)
    expect(await server.registry.readPackage('weather', '2.1.0')).toEqual(buildPackage({ version: '2.1.0' }))
  })

  it('refuses bytes that are no longer what was published', async () => {
    await server.upload(buildPackage({ id: 'damaged' }))
    const { checksum } = await server.registry.resolve('damaged')
    await server.database.executeSql(
      "update package_files set bytes = overlay(bytes placing 'x'::bytea from 20) where checksum = $1",
      [checksum],
    )
    await expect(server.registry.readPackage('damaged', '1.0.0')).rejects.toMatchObject({
      code: 'package_damaged',
    })
  })

  it('counts installs that happen at once', async () => {
    await Promise.all(
      Array.from({ length: 10 }, () =>
        server.registry.countInstall('weather', { organizationId: 'default', version: '2.0.0' }),
      ),
    )
    expect(await (await server.get('/plugins/marketplace/weather')).json()).toMatchObject({ installs: 10 })
  })
})
