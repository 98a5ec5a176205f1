import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The folder in which uploads wait, without what a server that was killed left there. */
export async function emptyUploadFolder(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'uploads')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}
