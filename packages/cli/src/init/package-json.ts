import { readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PluginAnswers } from './plugin-answers.js'

const OWN_FOLDER = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '')

/** `package.json` of a new plugin. */
export function packageJsonFor({ id, version, description, license, type }: PluginAnswers): string {
  const refer = referrer()
  const container = type === 'container'
  const manifest = {
    name: id,
    version,
    private: true,
    description,
    license,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: {
      dev: 'ops-center-plugin dev',
      test: 'vitest run',
      check: 'tsc --noEmit',
      validate: 'ops-center-plugin validate',
      build: 'ops-center-plugin build',
      'publish:plugin': 'ops-center-plugin build && ops-center-plugin publish',
      ...(container ? { start: 'tsx server.ts' } : {}),
    },
    dependencies: {
      ...(container ? { '@hono/node-server': '^2.1.8' } : {}),
      '@ops-center/plugin-sdk': refer('sdk'),
    },
    devDependencies: {
      '@ops-center/plugin-cli': refer('cli'),
      '@ops-center/server': refer('server'),
      '@types/node': '^20.19.43',
      ...(container ? { esbuild: '^0.28.2', tsx: '^4.20.0' } : {}),
      typescript: '^7.0.2',
      vitest: '^4.1.12',
    },
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** How to name a package of ours: by version, or from a checkout, where nothing need be published, by its folder. */
function referrer(): (name: 'sdk' | 'cli' | 'server') => string {
  const sdkFolder = join(dirname(OWN_FOLDER), 'sdk')
  const sdk = readPackage(sdkFolder)
  const isCheckout = sdk?.name === '@ops-center/plugin-sdk' && !OWN_FOLDER.split(sep).includes('node_modules')
  if (isCheckout) return (name) => `file:${join(dirname(OWN_FOLDER), name)}`
  const own = readPackage(OWN_FOLDER)
  return () => `^${own?.version ?? '0.1.0'}`
}

function readPackage(folder: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  } catch {
    return undefined
  }
}
