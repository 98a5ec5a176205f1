import { describe, expect, it } from 'vitest'
import { createApiClient } from '../../src/api/client.js'
import { apiContract } from '../../src/testing/contracts/api-contract.js'
import { createMockApi } from '../../src/testing/mock-api/create-mock-api.js'
import { MockStore } from '../../src/testing/mock-api/mock-store.js'

apiContract({ describe, it, expect }, async () => {
  const store = new MockStore()
  return {
    client: async (permissions) => {
      const { fetch } = createMockApi({ store, permissions })
      return createApiClient({ url: 'http://mock.invalid', apiKey: 'mock', fetch, retries: 0 })
    },
  }
})
