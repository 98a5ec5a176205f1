import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { CliError } from '../cli-error.js'
import { makeFolder } from '../files/make-folder.js'
import { configFolder } from './config-folder.js'

const credentialsSchema = z.object({ url: z.url(), key: z.string().min(1) })

/** What `login` keeps. */
export type Credentials = z.infer<typeof credentialsSchema>

/** The file that `login` writes. */
export function credentialsFile(): string {
  return join(configFolder(), 'credentials.json')
}

/**
 * What `login` kept; `undefined` when nobody logged in.
 *
 * @throws CliError for a file that cannot be read or is not what `login` writes.
 */
export function readCredentials(): Credentials | undefined {
  const file = credentialsFile()
  try {
    return credentialsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw new CliError('credentials_unreadable', `${file} cannot be read, or is not what login wrote`, {
      fix: 'Run ops-center-plugin logout, then login again',
      cause: error,
    })
  }
}

/**
 * Writes the key so that nobody else on this machine can read it, not even for a moment.
 *
 * @throws CliError when it cannot be written.
 */
export async function writeCredentials(credentials: Credentials): Promise<string> {
  const file = credentialsFile()
  const temporary = `${file}.${randomUUID()}`
  try {
    await makeFolder(dirname(file), 0o700)
    await writeFile(temporary, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError('credentials_unwritable', `The key cannot be kept in ${file}: ${reason}`, {
      fix: 'Set OPS_CENTER_CONFIG_DIR to a folder that you may write to',
      cause: error,
    })
  }
  return file
}

/** Forgets the key; resolves to whether there was one. */
export async function removeCredentials(): Promise<boolean> {
  try {
    await rm(credentialsFile())
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
