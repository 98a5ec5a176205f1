/**
 * A failure that the person at the terminal can act on; printed without a stack. It does not extend the SDK's
 * error so that `--help` need not load the SDK.
 */
export class CliError extends Error {
  readonly code: string
  /** What to do about it. */
  readonly fix: string | undefined

  constructor(code: string, message: string, options: { fix?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'CliError'
    this.code = code
    this.fix = options.fix
  }
}

/** The command has already said what is wrong; only the exit code is left to set. */
export class SilentFailure extends Error {}
