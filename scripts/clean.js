// Removes what the build wrote, also the files whose sources are gone.
import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const built = [
  ...readdirSync(new URL('packages', root)).map((name) => `packages/${name}`),
  'quickstart',
  'bench',
]
for (const folder of built)
  rmSync(fileURLToPath(new URL(`${folder}/dist`, root)), { recursive: true, force: true })
