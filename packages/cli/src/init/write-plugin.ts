import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CliError } from '../cli-error.js'

/**
 * Writes a new plugin's folder: all of it, or nothing.
 *
 * @throws CliError when something of that name is there already, or nothing may be written there.
 */
export function writePlugin(folder: string, files: ReadonlyMap<string, string>): void {
  const parent = dirname(folder)
  let staging: string | undefined
  try {
    staging = mkdtempSync(join(parent, '.ops-center-init-'))
    const target = join(staging, 'plugin')
    mkdirSync(target)
    for (const [path, text] of files) {
      const file = join(target, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    // Renaming onto an empty folder would succeed; somebody else's folder is not ours to fill.
    refuseExisting(folder)
    renameSync(target, folder)
  } catch (error) {
    if (error instanceof CliError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError('folder_unwritable', `The plugin cannot be written to ${folder}: ${reason}`, {
      fix: 'Go to a folder that you may write to',
      cause: error,
    })
  } finally {
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true })
  }
}

/** @throws CliError when something of that name is there already. */
export function refuseExisting(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return
  throw new CliError('folder_exists', `${folder} exists already`, {
    fix: 'Choose another id, or remove it first',
  })
}
