import { join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** What a bundle that imports only these names of the SDK is made of. */
async function bundleOf(names: string, subpath = '') {
  const { metafile } = await build({
    stdin: {
      contents: `import { ${names} } from '@ops-center/plugin-sdk${subpath}'\nexport default [${names}]`,
      resolveDir: import.meta.dirname,
    },
    absWorkingDir: join(import.meta.dirname, '../../../..'),
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  })
  const [output] = Object.values(metafile.outputs)
  const inputs = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const packages = inputs.flatMap(([path]) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])
  return {
    bytes: output?.bytes,
    inputs: inputs.map(([path]) => path),
    packages: [...new Set(packages)].sort(),
  }
}

describe('a bundle', () => {
  it.each([
    ['parseDuration', 2_000],
    ['HttpError', 2_000],
    ['OpsError', 1_000],
    ['defineEvent', 3_000],
    ['hook, filterHook, route, task, onInstall', 4_000],
    ['ApiError, ApiNotFoundError, ConfigError, LifecycleError, NotJsonError', 6_000],
    ['createApiClient', 40_000],
  ])('with only { %s } needs no library and at most %i bytes', async (names, limit) => {
    const { bytes, packages } = await bundleOf(names)
    expect(packages).toEqual([])
    expect(bytes).toBeGreaterThan(100)
    expect(bytes).toBeLessThan(limit)
  })

  it('with the protocol alone needs neither yaml nor ajv nor pino', async () => {
    const { packages } = await bundleOf('readHostContext, hostContextSchema', '/protocol')
    expect(packages).toEqual(['zod'])
  })

  it('with a whole plugin stays below 750 kB, and has one language of zod', async () => {
    const { bytes, inputs } = await bundleOf('Plugin')
    expect(bytes).toBeLessThan(750_000)
    expect(inputs.filter((path) => path.includes('zod/v4/locales/'))).toEqual([
      expect.stringMatching(/\/locales\/en\.js$/),
    ])
  })
})
