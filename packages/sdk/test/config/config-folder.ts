import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A temporary folder for a configuration, removed by `remove()`. */
export interface ConfigFolder {
  readonly path: string
  write(text: string, file?: string): Promise<void>
  read(file?: string): Promise<string>
  remove(): Promise<void>
}

/** A new folder, with a `config.yaml` when its text is given. */
export async function createConfigFolder(text?: string): Promise<ConfigFolder> {
  const path = await mkdtemp(join(tmpdir(), 'config-'))
  const folder: ConfigFolder = {
    path,
    write: (content, file = 'config.yaml') => writeFile(join(path, file), content),
    read: (file = 'config.yaml') => readFile(join(path, file), 'utf8'),
    remove: () => rm(path, { recursive: true, force: true }),
  }
  if (text !== undefined) await folder.write(text)
  return folder
}
