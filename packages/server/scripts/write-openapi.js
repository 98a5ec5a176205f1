// Writes openapi.json, the API as it is described by the code that validates. A test fails when it is out of date.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from '../dist/index.js'

const dataDir = await mkdtemp(join(tmpdir(), 'ops-center-openapi-'))
const server = await createServer({ port: 0, dataDir, databaseUrl: 'memory:', logLevel: 'silent' })
const response = await fetch(`${server.url}/openapi.json`)
await writeFile(
  new URL('../openapi.json', import.meta.url),
  `${JSON.stringify(await response.json(), null, 2)}\n`,
)
await server.close()
await rm(dataDir, { recursive: true })
