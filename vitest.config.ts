import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/{,src/}*.test.ts', 'quickstart/test/**/*.test.ts'],
    // Many tests wait for processes they started: more of them than cores still go faster.
    maxWorkers: 3,
    // A shared machine can starve a process for seconds: what fails twice is broken.
    retry: process.env.CI ? 1 : 0,
    // A plugin that a server under test runs within itself is loaded by Node, as in a server.
    server: { deps: { external: [/\/ops-(platform|runtime)-\w+\//] } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
