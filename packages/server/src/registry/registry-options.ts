import type { Database } from '../database/client.js'
import type { SignaturePolicy } from './signature-policy.js'

/** What the routes of the registry and the marketplace need. */
export interface RegistryOptions {
  database: Pick<Database, 'kysely'>
  /** Largest package in bytes; default 50 MiB. */
  maxPackageBytes?: number | undefined
  /** Where uploads wait while they are checked; default: the system's folder for temporary files. */
  temporaryDirectory?: string | undefined
  /** Whose packages are taken; default: everybody's. */
  signatures?: SignaturePolicy | undefined
  /** Ids of the plugins that are listed first under `/plugins/marketplace/featured`. */
  featuredPlugins?: readonly string[] | undefined
}

export const DEFAULT_MAX_PACKAGE_BYTES = 50 * 1024 * 1024
