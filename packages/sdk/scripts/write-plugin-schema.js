// Writes schema/plugin.schema.json from the manifest's Zod schema; needs a build. Run: npm run schema -w packages/sdk
import { writeFileSync } from 'node:fs'
import { createPluginSchema } from '../dist/manifest/create-plugin-schema.js'

const file = new URL('../schema/plugin.schema.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(createPluginSchema(), null, 2)}\n`)
