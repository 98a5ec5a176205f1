import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { createEventsPage } from '../../src/testing/events-page.js'

it('docs/events.md says what the catalogue says; if not: npm run build && npm run docs:events -w packages/sdk', async () => {
  const page = await readFile(new URL('../../../../docs/events.md', import.meta.url), 'utf8')
  expect(page).toBe(createEventsPage())
})
