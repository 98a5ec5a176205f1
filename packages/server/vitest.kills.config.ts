import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The server killed twenty times under load, on each engine. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['test/host/killed-server.test.ts'],
    env: { OPS_CENTER_TEST_KILLS: '20' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
