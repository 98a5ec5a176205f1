import { test as base, type TestAPI } from 'vitest'
import type { Plugin } from '../plugin.js'
import { createTestPlugin, type TestPlugin, type TestPluginOptions } from './create-test-plugin.js'
import type { MockApiClient } from './mock-api-client.js'
import type { MockScheduler } from './mock-scheduler.js'
import type { MockStorage } from './mock-storage.js'

/** What a test gets. */
export interface PluginFixtures {
  plugin: TestPlugin
  mockApi: MockApiClient
  mockStorage: MockStorage
  mockScheduler: MockScheduler
}

/**
 * The `test` of vitest with a plugin of one's own and its mocks, fresh for each test.
 *
 * @example
 * import { plugin as real } from './main.js'
 * const test = testOf(real, { config: { threshold: 3 } })
 * test('a jump raises an alert', async ({ plugin, mockApi }) => { ... })
 */
export function testOf(target: Plugin | string, options?: TestPluginOptions): TestAPI<PluginFixtures> {
  return base.extend<PluginFixtures>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
    plugin: async ({}, use) => {
      const plugin = createTestPlugin(target, options)
      await use(plugin)
      await plugin.stop()
    },
    mockApi: ({ plugin }, use) => use(plugin.api),
    mockStorage: ({ plugin }, use) => use(plugin.storage),
    mockScheduler: ({ plugin }, use) => use(plugin.scheduler),
  })
}

/**
 * The `test` of vitest, extended with a blank plugin and its mocks.
 *
 * @example test('seeds a device', async ({ plugin, mockApi }) => { ... })
 */
export const test = testOf('test-plugin')
