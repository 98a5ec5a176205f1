import { createApiClient } from '@ops-center/plugin-sdk'
import { apiContract } from '@ops-center/plugin-sdk/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, startTestPlatform, type TestPlatform } from '../host/test-platform.js'

describe('the API of a running server, by the suite that the mock API passes too', () => {
  let platform: TestPlatform

  beforeAll(async () => {
    platform = await startTestPlatform()
  })
  afterAll(() => platform.close())

  apiContract({ describe, it, expect }, async () => ({
    client: async (permissions) => {
      const { url } = platform.server
      if (permissions.includes('*')) return createApiClient({ url, apiKey: ADMIN_KEY })
      const { key } = await platform.api<{ key: string }>('POST', '/api-keys', {
        name: 'contract',
        scopes: permissions,
      })
      return createApiClient({ url, apiKey: key })
    },
  }))
})
