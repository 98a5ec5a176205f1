/** One thing that was looked at. */
export interface Diagnosis {
  readonly check: string
  readonly status: 'ok' | 'warning' | 'error'
  readonly message: string
  /** What to do about it. */
  readonly fix?: string
}
