import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { CliError } from '../cli-error.js'
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

/** Writes the key so that nobody else on this machine can read it, not even for a moment. */
export async function writeCredentials(credentials: Credentials): Promise<string> {
  const file = credentialsFile()
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${randomUUID()}`
  try {
    await writeFile(temporary, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(temporary, file)
  } finally {
    await rm(temporary, { force: true })
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
