import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../test-platform.js'

const needing = (id: string, plugins: Record<string, string>, more: Record<string, unknown> = {}) => ({
  id,
  code: "plugin.route('/version', { methods: ['GET'] }, () => ({ version: plugin.metadata.version }))",
  ...(Object.keys(plugins).length > 0 ? { dependencies: { plugins } } : {}),
  ...more,
})

describe('plugins that need others', () => {
  let platform: TestPlatform
  const install = (plugin_id: string, more: Record<string, unknown>, status: number) =>
    platform.api<{ detail: string }>('POST', '/plugins/install', { plugin_id, ...more }, status)
  const installed = async () => {
    const { plugins } = await platform.api<{ plugins: { plugin_id: string; state: string }[] }>(
      'GET',
      '/plugins/installed',
    )
    return plugins.map(({ plugin_id, state }) => `${plugin_id} ${state}`).toSorted()
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.publish(needing('base', {}))
    await platform.publish(needing('base', {}, { version: '2.0.0' }))
    await platform.publish(needing('middle', { base: '^1.0.0' }, { permissions: ['devices:read'] }))
    await platform.publish(needing('top', { middle: '>=1', base: '^1.0.0' }))
    await platform.publish(needing('picky', { base: '^2.0.0', middle: '>=1' }))
    await platform.publish(needing('egg', { hen: '>=1' }))
    await platform.publish(needing('hen', { egg: '>=1' }))
    await platform.publish(needing('lost', { nowhere: '>=1' }))
    await platform.publish({
      ...needing('failing', { base: '^1.0.0' }),
      code: "plugin.onInstall(() => { throw new Error('no room') })",
    })
    await platform.publish({
      ...needing('weary', { base: '^1.0.0' }),
      code: "plugin.onEnable(() => { throw new Error('too tired') })",
    })
    await platform.publish(needing('hopeful', { weary: '>=1', base: '^1.0.0' }))
  })
  afterAll(() => platform.close())
  afterEach(async () => {
    for (const id of ['picky', 'top', 'middle', 'base']) {
      if ((await installed()).some((name) => name.startsWith(`${id} `)))
        await platform.api('POST', `/plugins/${id}/uninstall`, { purge: true })
    }
  })

  it('are refused with the order in which to install what is missing', async () => {
    const { detail } = await install('top', {}, 422)
    expect(detail).toContain('install base 1.0.0, then middle 1.0.0 first')
    expect(await installed()).toEqual([])
  })

  it('are installed after what they need, when asked for', async () => {
    await install('top', { with_dependencies: true, enable: true }, 201)
    expect(await installed()).toEqual(['base enabled', 'middle enabled', 'top enabled'])
  })

  it.each([
    ['egg', 'egg -> hen -> egg'],
    ['lost', 'no plugin "nowhere"'],
    ['picky', 'version 2.0.0 is in place'],
  ])('are refused before anything is installed: %s', async (id, reason) => {
    expect((await install(id, { with_dependencies: true }, 422)).detail).toContain(reason)
    expect(await installed()).toEqual([])
  })

  it('leave nothing behind when they fail', async () => {
    expect((await install('failing', { with_dependencies: true }, 422)).detail).toContain('no room')
    expect(await installed()).toEqual([])
  })

  it.each(['weary', 'hopeful'])('leave nothing behind when one fails to be enabled: %s', async (id) => {
    const { detail } = await install(id, { with_dependencies: true, enable: true }, 422)
    expect(detail).toContain('too tired')
    expect(await installed()).toEqual([])
  })

  it('keep what they need: neither updated past their range nor uninstalled', async () => {
    await install('middle', { with_dependencies: true }, 201)
    const update = await platform.api<{ detail: string }>('POST', '/plugins/base/update', {}, 409)
    expect(update.detail).toContain('"middle" needs ^1.0.0')
    const uninstall = await platform.api<{ detail: string }>('POST', '/plugins/base/uninstall', {}, 409)
    expect(uninstall.detail).toContain('needed by "middle"')
  })
})
