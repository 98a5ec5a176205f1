import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { PluginSource } from '../build-plugin.js'
import { ADMIN_KEY, startTestPlatform, type TestPlatform } from '../test-platform.js'

const patience = { timeout: 20_000, interval: 50 }
/** Milliseconds: far less than a handler has, and what a busy machine takes. */
const SOON_MS = 15_000
/** A handler that says that it was called, and never returns. */
const stuck = "() => { plugin.logger.info('stuck'); return new Promise(() => {}) }"

const source = (id: string, code: string, version = '1.0.0'): PluginSource => ({
  id,
  version,
  resources: { timeout: '60s' },
  code,
})

let platform: TestPlatform
beforeAll(async () => {
  platform = await startTestPlatform()
  await Promise.all([
    platform.publish(source('arriving', `plugin.onInstall(${stuck})`)),
    platform.publish(source('silent', 'await new Promise(() => setInterval(() => {}, 1_000))')),
    platform.run(source('changing', '')),
    platform.run(source('leaving', `plugin.onUninstall(${stuck})`)),
    platform.run(source('resting', `plugin.onDisable(${stuck})`)),
  ])
  await platform.publish(source('changing', `plugin.onUpdate(${stuck})`, '2.0.0'))
}, 60_000)
afterAll(() => platform.close())

/** The status and what was said. */
async function ask(path: string, json: object = {}): Promise<string> {
  const response = await fetch(`${platform.server.url}/api/v1/plugins/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(json),
  })
  const answer = z.record(z.string(), z.unknown()).parse(await response.json())
  return `${response.status} ${answer.detail ?? answer.state ?? answer.status}`
}

it('a server that stops waits for no handler, and tells whoever asked', { timeout: 60_000 }, async () => {
  const answers = Promise.all([
    ask('install', { plugin_id: 'arriving' }),
    ask('install', { plugin_id: 'silent' }),
    ask('changing/update'),
    ask('leaving/uninstall'),
    ask('resting/disable'),
  ])
  for (const id of ['arriving', 'changing', 'leaving', 'resting']) {
    await vi.waitFor(async () => {
      const logs = await platform.api('GET', `/plugins/${id}/logs`)
      expect(JSON.stringify(logs)).toContain('"stuck"')
    }, patience)
  }
  const started = performance.now()
  await platform.server.close()
  expect(performance.now() - started).toBeLessThan(SOON_MS)
  expect(await answers).toEqual([
    '503 The server is being stopped',
    '503 The server is being stopped',
    '503 The server is being stopped',
    '200 uninstalled',
    '200 disabled',
  ])
})
