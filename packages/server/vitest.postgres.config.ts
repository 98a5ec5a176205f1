import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The tests that need a database, on a PostgreSQL server of their own. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    // Those of database/ compare both engines by themselves.
    include: ['test/{auth,backup,contracts,events,host,http,registry,resources,tracing}/**/*.test.ts'],
    // These start servers by themselves, each on the engine it is about.
    exclude: ['test/host/{killed-lifecycle,killed-server,two-nodes}.test.ts'],
    // A plugin that a server under test runs within itself is loaded by Node, as in a server.
    server: { deps: { external: [/\/ops-(platform|runtime)-\w+\//] } },
    maxWorkers: 3,
    // A shared machine can starve a process for seconds: what fails twice is broken.
    retry: process.env.CI ? 1 : 0,
    globalSetup: 'test/database/postgres-for-all.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
