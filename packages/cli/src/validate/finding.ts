/** One thing worth telling the author about a plugin. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  /** Stable name of the rule, for scripts: `manifest`, `permission-missing`, `secret` ... */
  readonly rule: string
  /** Path inside the plugin folder, with forward slashes; absent when it concerns no single file. */
  readonly file?: string
  /** Counted from 1. */
  readonly line?: number
  readonly column?: number
  readonly message: string
  readonly fix: string
}

/** Errors before warnings, then by place. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity }: Finding) => (severity === 'error' ? 0 : 1)
  return [...findings].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      compareText(a.file ?? '', b.file ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  )
}

/** Order by code unit: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
