import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CliError } from '../cli-error.js'

/**
 * Writes a new plugin's folder: all of it, or nothing.
 *
 * @throws CliError when something of that name is there already.
 */
export async function writePlugin(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const parent = dirname(folder)
  let staging: string | undefined
  try {
    staging = await mkdtemp(join(parent, '.ops-center-init-'))
    const target = join(staging, 'plugin')
    await mkdir(target)
    for (const [path, text] of files) {
      const file = join(target, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }
    // Renaming onto an empty folder would succeed; somebody else's folder is not ours to fill.
    await refuseExisting(folder)
    await rename(target, folder)
  } catch (error) {
    if (error instanceof CliError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError('folder_unwritable', `The plugin cannot be written to ${folder}: ${reason}`, {
      cause: error,
    })
  } finally {
    if (staging !== undefined) await rm(staging, { recursive: true, force: true })
  }
}

/** @throws CliError when something of that name is there already. */
export async function refuseExisting(folder: string): Promise<void> {
  const existing = await stat(folder).catch(() => undefined)
  if (existing === undefined) return
  throw new CliError('folder_exists', `${folder} exists already`, {
    fix: 'Choose another id, or remove it first',
  })
}
