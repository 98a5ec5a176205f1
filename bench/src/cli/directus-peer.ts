import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The tools of Directus for those who write extensions, when somebody installed them for this bench. */
export interface DirectusPeer {
  /** `create-directus-extension`. */
  readonly create: string
  /** `directus-extension`. */
  readonly extension: string
}

/**
 * Finds them below the folder that `OPS_BENCH_PEERS` names. They are no dependency of the bench: their installation
 * would run a script (that of vue-demi) and fetch 217 MB, which nobody who only wants to test should wait for.
 */
export function findDirectus(folder = process.env.OPS_BENCH_PEERS): DirectusPeer | undefined {
  if (folder === undefined) return undefined
  const create = join(folder, 'node_modules/create-directus-extension/lib/index.js')
  const extension = join(folder, 'node_modules/@directus/extensions-sdk/cli.js')
  if (existsSync(create) && existsSync(extension)) return { create, extension }
  throw new Error(
    `OPS_BENCH_PEERS is ${JSON.stringify(folder)}, where create-directus-extension is not installed: run npm install --prefix ${folder} --ignore-scripts create-directus-extension`,
  )
}
