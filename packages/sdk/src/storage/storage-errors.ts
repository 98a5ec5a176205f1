import { OpsError } from '../errors.js'

/** A stored value could not be read back (`storage_corrupt`). `file` is where it is; writing the key again repairs it. */
export class StorageCorruptError extends OpsError {
  readonly file: string

  constructor(file: string, reason: string, options?: { cause?: unknown }) {
    super(
      'storage_corrupt',
      `${file} is not a readable storage file: ${reason}. Restore it from a backup, or delete it to start afresh`,
      options,
    )
    this.file = file
  }
}

/** An update kept losing against other writers of the same key (`storage_conflict`). */
export class StorageConflictError extends OpsError {
  constructor(key: string, attempts: number) {
    super(
      'storage_conflict',
      `update of ${JSON.stringify(key)} gave up after ${attempts} attempts: others keep writing this key. ` +
        'Spread the writes over several keys, or write less often',
    )
  }
}

/** A value does not fit into what the plugin may store (`storage_quota_exceeded`); what was there before stays. */
export class StorageQuotaError extends OpsError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('storage_quota_exceeded', message, options)
  }
}
