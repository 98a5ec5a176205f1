import { describe, expect, it } from 'vitest'
import { inspectPackage } from '../../../src/registry/archive/inspect-package.js'
import { PackageError } from '../../../src/registry/archive/package-error.js'
import { buildArchive, buildPackage, manifestText } from '../build-archive.js'

async function refusal(bytes: Uint8Array): Promise<PackageError> {
  const outcome = await inspectPackage(bytes).then(
    () => 'accepted',
    (error: unknown) => error,
  )
  if (outcome instanceof PackageError) return outcome
  throw new Error('expected a PackageError', { cause: outcome })
}

const withManifest = (content: string | Buffer) =>
  buildArchive([{ path: 'weather/plugin.yaml', content }, { path: 'weather/main.js' }])

describe('inspectPackage', () => {
  it('returns the normalised manifest and the files', async () => {
    const { manifest, files, unpackedBytes } = await inspectPackage(buildPackage())
    expect(manifest).toMatchObject({ id: 'weather', version: '1.0.0', category: 'other' })
    expect(files.map(({ path }) => path)).toEqual(['plugin.yaml', 'main.js'])
    expect(unpackedBytes).toBe(files.reduce((sum, { size }) => sum + size, 0))
  })

  it('refuses an archive without a manifest', async () => {
    const error = await refusal(buildArchive([{ path: 'weather/main.js' }]))
    expect(error.message).toMatch(/no weather\/plugin.yaml/)
  })

  it('names every problem of the manifest with its place', async () => {
    const error = await refusal(withManifest(manifestText({ version: 'banana', type: 'spaceship' })))
    expect(error.issues.map(({ path }) => path).sort()).toEqual(['type', 'version'])
  })

  it('refuses a root folder that is not the id', async () => {
    const error = await refusal(
      buildArchive([{ path: 'other/plugin.yaml', content: manifestText() }, { path: 'other/main.js' }]),
    )
    expect(error.message).toMatch(/root folder is "other"/)
  })

  it('refuses a missing entrypoint, except of frontend and remote plugins', async () => {
    const only = (changes: Record<string, unknown>) =>
      buildArchive([{ path: 'weather/plugin.yaml', content: manifestText(changes) }])
    expect((await refusal(only({}))).issues[0]?.path).toBe('runtime.entrypoint')
    await expect(inspectPackage(only({ type: 'frontend' }))).resolves.toBeDefined()
    const runtime = { type: 'remote', url: 'http://localhost:9000' }
    await expect(inspectPackage(only({ type: 'container', runtime }))).resolves.toBeDefined()
  })

  it('finds an entrypoint that is written with ./', async () => {
    await expect(
      inspectPackage(buildPackage({ runtime: { entrypoint: './main.js' } })),
    ).resolves.toBeDefined()
  })

  it.each([
    ['broken YAML', 'id: [', /not valid/],
    ['bytes that are not UTF-8', Buffer.from([0x69, 0xff, 0xfe]), /cannot be read/],
    ['brackets that exhaust the stack', '['.repeat(200_000), /nested more than/],
    ['brackets that are closed', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, /nested more than/],
    ['brackets with closing ones in texts', '[ "]", '.repeat(10_000), /nested more than/],
    ['objects in objects', '{a: '.repeat(100_000), /nested more than/],
    ['lists in lists', `${'- '.repeat(400_000)}a`, /nested more than/],
    ['keys in keys', `${'? '.repeat(400_000)}a`, /nested more than/],
    [
      'indentation that exhausts the stack',
      Array.from({ length: 1_300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      /nested more than/,
    ],
    [
      'keys without end',
      Array.from({ length: 80_000 }, (_, n) => `k${n}: 1`).join('\n'),
      /more than 3000 keys/,
    ],
    ['keys in brackets without end', `{${'a,'.repeat(80_000)}}`, /more than 3000 keys/],
    ['items without end', `keywords:\n${'- a\n'.repeat(200_000)}`, /more than 3000 keys/],
    ['a NUL character', manifestText({ description: 'a\0b' }), /NUL/],
    ['half a surrogate pair', manifestText({ description: 'a\ud800b' }), /surrogate|not valid/],
    ['more than a megabyte', `# ${'x'.repeat(1_000_001)}`, /expected at most/],
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]`,
      /cannot be used|not valid/,
    ],
  ])('refuses a manifest with %s', async (_name, content, reason) => {
    expect((await refusal(withManifest(content))).message).toMatch(reason)
  })
})
