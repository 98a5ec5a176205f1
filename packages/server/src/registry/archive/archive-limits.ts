/** How much an archive may hold before it is refused; sizes in bytes. */
export interface ArchiveLimits {
  readonly maxEntries: number
  /** Of the whole archive when unpacked, headers included: what stops a decompression bomb. */
  readonly maxUnpackedBytes: number
  readonly maxFileBytes: number
  /** Of one path, in UTF-8. */
  readonly maxPathBytes: number
  /** Folders within folders. */
  readonly maxDepth: number
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  maxEntries: 10_000,
  maxUnpackedBytes: 256 * 1024 * 1024,
  maxFileBytes: 128 * 1024 * 1024,
  maxPathBytes: 512,
  maxDepth: 32,
}
