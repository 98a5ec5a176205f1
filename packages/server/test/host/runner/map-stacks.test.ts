import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'

const MAP_STACKS = fileURLToPath(new URL('../../../dist/host/runner/map-stacks.js', import.meta.url))
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ops-stacks-'))
  const author = join(folder, 'author.ts')
  await writeFile(
    author,
    `interface Reading { cpu: number }\n\nexport function fail(reading?: Reading) {\n  throw new RangeError('too ' + reading)\n}\n`,
  )
  await build({
    entryPoints: [author],
    outfile: join(folder, 'bundle.mjs'),
    bundle: true,
    minify: true,
    keepNames: true,
    format: 'esm',
    sourcemap: 'linked',
  })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function stackOf(code: string): Promise<string[]> {
  const script = join(folder, 'run.mjs')
  await writeFile(
    script,
    `import { mapStacks } from ${JSON.stringify(MAP_STACKS)}
    import { fail } from './bundle.mjs'
    mapStacks()
    ${code}`,
  )
  const { stdout } = await promisify(execFile)(process.execPath, [script])
  return stdout.split('\n')
}

it('names the lines that the author wrote', async () => {
  const [title, first] = await stackOf(`try { fail(1) } catch (error) { console.log(error.stack) }`)
  expect(title).toBe('RangeError: too 1')
  expect(first).toBe(`    at fail (${join(folder, 'author.ts')}:4:9)`)
})

it('leaves code without a map as it is, and copes with errors of any kind', async () => {
  const [title, first] = await stackOf(`console.log(new Error('plain').stack)`)
  expect(title).toBe('Error: plain')
  expect(first).toMatch(/run\.mjs:4:\d+/)
  const odd = `const error = new Error('odd'); error.toString = () => { throw error }; console.log(error.stack)`
  expect((await stackOf(odd))[0]).toBe('Error')
})
