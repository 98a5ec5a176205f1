import type { Manifest } from '@ops-center/plugin-sdk/manifest'

/** One published package of a plugin. */
export interface PublishedVersion {
  readonly plugin_id: string
  readonly version: string
  readonly manifest: Manifest
  /** SHA-256 of the package, hexadecimal. */
  readonly checksum: string
  /** Of the package, in bytes. */
  readonly size: number
  readonly changelog: string | null
  readonly signature: string | null
  readonly signed_by: string | null
  readonly downloads: number
  readonly published_by: string
  readonly published_at: Date
  readonly deprecated_at: Date | null
  readonly deprecation_message: string | null
  readonly yanked_at: Date | null
}

/** Columns of a {@link PublishedVersion}. */
export const PUBLISHED_VERSION_COLUMNS = [
  'plugin_id',
  'version',
  'manifest',
  'checksum',
  'size',
  'changelog',
  'signature',
  'signed_by',
  'downloads',
  'published_by',
  'published_at',
  'deprecated_at',
  'deprecation_message',
  'yanked_at',
] as const satisfies readonly (keyof PublishedVersion)[]
