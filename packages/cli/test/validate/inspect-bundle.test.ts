import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectBundle } from '../../dist/validate/inspect-bundle.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inspect-'))
})
afterAll(() => rm(folder, { recursive: true }))

const inspect = (code: string, limit?: number) =>
  inspectBundle(
    { code, map: '{"version":3,"sources":[],"mappings":""}', ownFiles: [], sizes: {} },
    folder,
    limit,
  )

describe('inspectBundle', () => {
  it('gives up on code that never finishes loading', async () => {
    expect(await inspect('for (;;) {}', 1_500)).toEqual({ kind: 'timed_out', limit: 1_500 })
  })

  it('gives up on code that waits for ever', async () => {
    expect(await inspect('setInterval(() => {}, 1000); await new Promise(() => {})', 1_500)).toEqual({
      kind: 'timed_out',
      limit: 1_500,
    })
  })

  it('takes the default export or the one named plugin', async () => {
    const plugin = '{ getManifest: () => ({ id: "a" }) }'
    expect(await inspect(`export default ${plugin}`)).toEqual({ kind: 'manifest', manifest: { id: 'a' } })
    expect(await inspect(`export const plugin = ${plugin}`)).toEqual({
      kind: 'manifest',
      manifest: { id: 'a' },
    })
  })

  it('loads the code in the folder of the plugin', async () => {
    const code = 'export default { getManifest: () => ({ id: process.cwd() }) }'
    expect(await inspect(code)).toEqual({ kind: 'manifest', manifest: { id: folder } })
  })

  it('passes on what was thrown, an error or not', async () => {
    expect(await inspect('throw "just text"')).toEqual({ kind: 'threw', message: 'just text', stack: '' })
  })
})
