import { OpsError } from '../errors.js'

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** Where, such as `smtp.port`; empty for the whole. */
  path: string
  message: string
}

/**
 * A configuration that cannot be used; `problems` lists everything that is wrong, the message too.
 * Values marked `sensitive` are never shown.
 */
export class ConfigError extends OpsError {
  readonly problems: readonly ConfigProblem[]

  constructor(code: string, problems: readonly ConfigProblem[], options?: { cause?: unknown }) {
    const lines = problems.map(({ path, message }) => (path === '' ? message : `${path} ${message}`))
    const [only] = lines
    super(
      code,
      lines.length === 1 && only !== undefined
        ? `The configuration is wrong: ${only}`
        : `The configuration has ${lines.length} problems:\n${lines.map((line) => `- ${line}`).join('\n')}`,
      options,
    )
    this.problems = problems
  }
}
