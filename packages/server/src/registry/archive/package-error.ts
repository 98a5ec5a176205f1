import { OpsError } from '@ops-center/plugin-sdk'

/** One thing wrong with a package: where in its manifest (empty for the archive itself), and what. */
export interface PackageIssue {
  readonly path: string
  readonly message: string
}

/**
 * A package that cannot be used: not a safe archive, or not with the manifest it needs.
 *
 * @example
 * try { await inspectPackage(bytes) }
 * catch (error) { if (error instanceof PackageError) for (const { message } of error.issues) ... }
 */
export class PackageError extends OpsError {
  readonly issues: readonly PackageIssue[]

  constructor(message: string, options: { issues?: readonly PackageIssue[]; cause?: unknown } = {}) {
    super('package_invalid', message, { cause: options.cause })
    this.issues = options.issues ?? [{ path: '', message }]
  }
}
