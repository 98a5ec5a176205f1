import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
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
    // In one step, so that a watcher never sees half of it.
    write: async (content, file = 'config.yaml') => {
      await writeFile(`${join(path, file)}.new`, content)
      await rename(`${join(path, file)}.new`, join(path, file))
    },
    read: (file = 'config.yaml') => readFile(join(path, file), 'utf8'),
    remove: () => rm(path, { recursive: true, force: true }),
  }
  if (text !== undefined) await folder.write(text)
  return folder
}
