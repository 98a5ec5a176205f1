import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { create } from 'tar'

const ID = '__PLUGIN_ID__'

/** Hears the event it is configured to, notes when, and answers one route. */
const CODE = `
  import { Plugin } from '@ops-center/plugin-sdk'
  const plugin = new Plugin({ id: '${ID}', name: '${ID}', version: '1.0.0', permissions: ['devices:read', 'alerts:read'] })
  let heardAt = 0
  plugin.hook(plugin.config.get('event', 'device.metrics_updated'), () => {
    heardAt = performance.timeOrigin + performance.now()
  })
  plugin.route('/heard', { methods: ['GET'] }, () => ({ at: heardAt }))
  plugin.route('/ping', { methods: ['GET'], auth: 'none' }, () => ({ pong: true }))
  plugin.route('/ping-with-key', { methods: ['GET'] }, () => ({ pong: true }))
  export default plugin`

const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

/** A package for each id: the same plugin under other names, bundled as the CLI bundles it. */
export async function buildPackages(ids: readonly string[]): Promise<Buffer<ArrayBuffer>[]> {
  const { outputFiles } = await build({
    stdin: { contents: CODE, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: BANNER },
  })
  const code = outputFiles[0]?.text ?? ''
  const folder = await mkdtemp(join(tmpdir(), 'ops-bench-packages-'))
  try {
    const packages: Buffer<ArrayBuffer>[] = []
    for (const id of ids) packages.push(await pack(folder, id, code.replaceAll(ID, id)))
    return packages
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function pack(folder: string, id: string, code: string): Promise<Buffer<ArrayBuffer>> {
  await mkdir(join(folder, id))
  await writeFile(join(folder, id, 'main.js'), code)
  await writeFile(join(folder, id, 'plugin.yaml'), manifest(id))
  const file = join(folder, `${id}.tar.gz`)
  await create({ cwd: folder, file, gzip: { level: 1 } }, [id])
  return readFile(file)
}

/** JSON is YAML. */
function manifest(id: string): string {
  return JSON.stringify({
    id,
    name: id,
    version: '1.0.0',
    description: 'Listens',
    author: 'Bench',
    type: 'backend',
    permissions: ['devices:read', 'alerts:read'],
    runtime: { entrypoint: 'main.js' },
  })
}
