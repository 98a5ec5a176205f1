import { OpsError } from '../errors.js'

/** One thing wrong with a manifest: where (`hooks[0].event`), what, and how to put it right. */
export interface ManifestIssue {
  readonly path: string
  readonly message: string
  readonly fix: string
  /** Place in `plugin.yaml`, counted from 1, when the manifest was read from a file. */
  readonly line?: number
  readonly column?: number
}

/**
 * A manifest that cannot be used; `issues` lists everything that is wrong with it, not only the first thing.
 *
 * @example
 * try { parseManifest(value) }
 * catch (error) { if (error instanceof ManifestError) for (const { path, fix } of error.issues) ... }
 */
export class ManifestError extends OpsError {
  readonly issues: readonly ManifestIssue[]
  readonly warnings: readonly ManifestIssue[]
  readonly file: string | undefined

  constructor(
    issues: readonly ManifestIssue[],
    options: { file?: string; warnings?: readonly ManifestIssue[]; cause?: unknown } = {},
  ) {
    const count = issues.length === 1 ? '1 problem' : `${issues.length} problems`
    const lines = issues.map((issue) => `\n  ${placeOf(issue, options.file)}${issue.message}. ${issue.fix}`)
    super('manifest_invalid', `${options.file ?? 'The manifest'} is not valid, ${count}:${lines.join('')}`, {
      cause: options.cause,
    })
    this.issues = issues
    this.warnings = options.warnings ?? []
    this.file = options.file
  }
}

function placeOf(issue: ManifestIssue, file: string | undefined): string {
  return file === undefined || issue.line === undefined ? '' : `${file}:${issue.line}:${issue.column ?? 1} `
}
