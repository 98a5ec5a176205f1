import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { PluginSource } from './build-plugin.js'
import { startTestPlatform, type TestPlatform } from './test-platform.js'

const stuck: PluginSource = {
  id: 'stuck',
  permissions: ['devices:read'],
  code: `
    plugin.hook('device.created', async () => {
      await plugin.storage.update('times', (times = 0) => times + 1)
      await new Promise(() => {})
    })
    plugin.route('/heard', { methods: ['GET'] }, async () => ({ times: await plugin.storage.get('times', 0) }))`,
}
/** Milliseconds: the grace of a plugin that ends, and what a busy machine takes. */
const SOON_MS = 10_000

let platform: TestPlatform
beforeAll(async () => {
  platform = await startTestPlatform({ inProcessPlugins: ['stuck'] })
  await platform.run(stuck)
})
afterAll(() => platform.close())

const untilStuck = (times: number) =>
  vi.waitFor(async () => expect(await platform.route('GET', '/plugins/stuck/heard')).toEqual({ times }), {
    timeout: 10_000,
  })

it('disables a plugin inside the server although its handler never returns', async () => {
  await platform.api('POST', '/devices', { id: 'pump', name: 'Pump', type: 'pump' })
  await untilStuck(1)
  const started = performance.now()
  await platform.api('POST', '/plugins/stuck/disable')
  expect(performance.now() - started).toBeLessThan(SOON_MS)
})

it('keeps the event for the next time, and stops the server although that is stuck, too', async () => {
  await platform.api('POST', '/plugins/stuck/enable')
  await untilStuck(2)
  const started = performance.now()
  await platform.server.close()
  expect(performance.now() - started).toBeLessThan(SOON_MS)
})
