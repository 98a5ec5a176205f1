/**
 * Base class of every error this SDK throws. `code` is stable and meant for programs; `message` is for people
 * and names the value, what was expected and the fix.
 *
 * @example
 * try { await plugin.storage.set('reading', Number.NaN) }
 * catch (error) { if (error instanceof OpsError && error.code === 'storage_value_invalid') { ... } }
 */
export class OpsError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** The message of anything that was thrown, an `Error` or not. */
export function errorMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
