import type { Database } from '../database/client.js'

/** What the routes of the registry and the marketplace need. */
export interface RegistryOptions {
  database: Pick<Database, 'kysely'>
  /** Largest package in bytes; default 50 MiB. */
  maxPackageBytes?: number | undefined
  /** Where uploads wait while they are checked; default: the system's folder for temporary files. */
  temporaryDirectory?: string | undefined
  /** Ed25519 public keys in PEM form: a signature must be by one of them as soon as there is one. */
  trustedKeys?: readonly string[] | undefined
  /** Whether a package without a signature is refused. Default false. */
  requireSignature?: boolean | undefined
  /** Ids of the plugins that are listed first under `/plugins/marketplace/featured`. */
  featuredPlugins?: readonly string[] | undefined
}

export const DEFAULT_MAX_PACKAGE_BYTES = 50 * 1024 * 1024
