import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { extract } from 'tar'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const OURS = ['sdk', 'server', 'cli', 'create-plugin']

/** A folder outside the repository with our packages as they would be published, and everything they depend on. */
export async function createPackedWorkspace(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'))
  const tarballs = join(folder, 'tarballs')
  const modules = join(folder, 'node_modules')
  await mkdir(tarballs)
  await mkdir(join(modules, '@ops-center'), { recursive: true })
  // What npm install would fetch from the registry is here already.
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name !== '@ops-center' && !name.startsWith('.')) {
      await symlink(join(ROOT, 'node_modules', name), join(modules, name))
    }
  }
  const { stdout } = await run(
    'npm',
    [
      'pack',
      '--json',
      '--ignore-scripts',
      '--pack-destination',
      tarballs,
      ...OURS.map((name) => `./packages/${name}`),
    ],
    { cwd: ROOT, maxBuffer: 50_000_000 },
  )
  for (const [index, { name, filename }] of packedIn(stdout).entries()) {
    const target = join(modules, name)
    await mkdir(target)
    await extract({ file: join(tarballs, filename), cwd: target, strip: 1 })
    // Dependencies in a version that differs from that of others.
    const own = join(ROOT, 'packages', OURS[index] ?? '', 'node_modules')
    if (existsSync(own)) await symlink(own, join(target, 'node_modules'))
  }
  return folder
}

function packedIn(stdout: string): { name: string; filename: string }[] {
  return JSON.parse(stdout)
}
