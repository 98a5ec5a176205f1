import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OpsError } from '@ops-center/plugin-sdk'

/** The key that the quick start works with, and where somebody finds it. */
export interface AdminKey {
  readonly key: string
  /** Undefined when it comes from the environment. */
  readonly file: string | undefined
}

/**
 * The admin key: the one of the environment, else the one that Ops-Center keeps in its data folder.
 *
 * @throws OpsError `admin_key_unknown` when there is neither.
 */
export async function findAdminKey(dataDir: string, given: string | undefined): Promise<AdminKey> {
  if (given !== undefined) return { key: given, file: undefined }
  const file = join(dataDir, 'admin-key')
  try {
    return { key: (await readFile(file, 'utf8')).trim(), file }
  } catch (cause) {
    throw new OpsError(
      'admin_key_unknown',
      `Ops-Center has keys already, and none of them is in ${file}: set OPS_CENTER_ADMIN_KEY to a key to use`,
      { cause },
    )
  }
}
