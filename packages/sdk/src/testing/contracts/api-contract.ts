import { testAlerts } from './api-alerts-contract.js'
import { testDevices } from './api-devices-contract.js'
import { testMetrics } from './api-metrics-contract.js'
import { testPeople } from './api-people-contract.js'
import { testRules } from './api-rules-contract.js'
import { type ApiUnderTest, apiTest } from './api-under-test.js'
import { testWebhooks } from './api-webhooks-contract.js'
import type { ContractRunner } from './test-runner.js'

const PARTS = {
  devices: testDevices,
  metrics: testMetrics,
  alerts: testAlerts,
  people: testPeople,
  webhooks: testWebhooks,
  rules: testRules,
} as const

export interface ApiContractOptions {
  /** Parts that the API under test does not have. */
  without?: readonly (keyof typeof PARTS)[]
}

/**
 * Tests that every API must pass, the mock and a running server alike, so that the mock cannot drift.
 *
 * @example
 * apiContract({ describe, it, expect }, async () => {
 *   const store = new MockStore()
 *   return {
 *     client: async (permissions) => {
 *       const { fetch } = createMockApi({ store, permissions })
 *       return createApiClient({ url: 'http://mock', apiKey: 'mock', fetch })
 *     },
 *   }
 * })
 */
export function apiContract(
  runner: ContractRunner,
  makeApi: () => Promise<ApiUnderTest>,
  { without = [] }: ApiContractOptions = {},
): void {
  const test = apiTest(runner, makeApi)
  for (const [name, part] of Object.entries(PARTS)) {
    if (without.some((left) => left === name)) continue
    runner.describe(`API contract: ${name}`, () => part(test))
  }
}
