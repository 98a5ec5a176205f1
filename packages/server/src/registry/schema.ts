import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { OptionalTimestamp, Timestamp } from '../resources/schema.js'

/** A plugin as the marketplace shows it: what its latest version says about itself, and what became of it. */
export interface PluginsTable {
  id: string
  /** The publisher: only this organization publishes, deprecates and yanks versions. */
  organization_id: string
  name: string
  description: string
  category: string
  type: string
  author: string
  license: string | null
  homepage: string | null
  repository: string | null
  documentation: string | null
  keywords: JSONColumnType<string[]>
  pricing: ColumnType<Manifest['pricing'] | null, string | null, string | null>
  /** Highest version that is neither yanked nor a pre-release. */
  latest_version: string | null
  /** Highest pre-release above `latest_version` that is not yanked. */
  latest_prerelease: string | null
  search: ColumnType<string, string, string>
  downloads: Generated<number>
  installs: Generated<number>
  rating_total: Generated<number>
  rating_count: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
}

interface PluginVersionsTable {
  plugin_id: string
  version: string
  manifest: JSONColumnType<Manifest>
  /** SHA-256 of the package, hexadecimal. */
  checksum: string
  /** Of the package, in bytes. */
  size: number
  changelog: string | null
  signature: string | null
  /** Fingerprint of the trusted key that the signature was made with. */
  signed_by: string | null
  downloads: Generated<number>
  published_by: string
  published_at: Timestamp
  deprecated_at: OptionalTimestamp
  deprecation_message: string | null
  yanked_at: OptionalTimestamp
}

/** Packages by their checksum: what several servers on one database unpack from. */
interface PackageFilesTable {
  checksum: string
  bytes: ColumnType<Buffer, Buffer, never>
}

/** Each time a plugin was installed, for trends and for who may review it. */
interface PluginInstallsTable {
  id: Generated<string>
  plugin_id: string
  organization_id: string
  version: string
  installed_at: Timestamp
}

export interface PluginReviewsTable {
  plugin_id: string
  organization_id: string
  /** The user, or the key of nobody in particular; one review each. */
  author_id: string
  id: string
  author: string
  rating: number
  title: string | null
  comment: string | null
  version: string
  created_at: Timestamp
  updated_at: Timestamp
}

/** Tables of published plugins. */
export interface RegistrySchema {
  plugins: PluginsTable
  plugin_versions: PluginVersionsTable
  package_files: PackageFilesTable
  plugin_installs: PluginInstallsTable
  plugin_reviews: PluginReviewsTable
}
