import type { Alert } from '@ops-center/plugin-sdk'
import type { SessionState } from './session-state.js'

/** Where the quick start tells what it does: a terminal, or anything else that takes text. */
export interface Output {
  /** Whether it is a terminal that somebody looks at. */
  readonly isLive: boolean
  /** Tells that some work begins, and how long it took once it is done. */
  step<T>(doing: string, work: () => Promise<T>, done: (result: T) => string): Promise<T>
  /** A remark about the step under way. */
  note(text: string): void
  /** What to know once everything runs. */
  guide(lines: readonly string[]): void
  /** The present state; called with each change. */
  update(state: SessionState): void
  /** An alert that was not there before. */
  alert(alert: Alert): void
  /** Ends what is redrawn; later steps are printed below it. */
  settle(): void
}

/** `✓ Published x 1.0.0      120 ms`, at most 80 columns for titles of ordinary length. */
export function stepLine(mark: string, title: string, ms: number): string {
  return `${mark} ${title.padEnd(64)} ${String(Math.round(ms)).padStart(6)} ms`
}
