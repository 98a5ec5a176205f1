// Writes docs/events.md from the event catalogue; needs a build. Run: npm run docs:events -w packages/sdk
import { mkdirSync, writeFileSync } from 'node:fs'
import { createEventsPage } from '../dist/testing/events-page.js'

const file = new URL('../../../docs/events.md', import.meta.url)
mkdirSync(new URL('.', file), { recursive: true })
writeFileSync(file, createEventsPage())
