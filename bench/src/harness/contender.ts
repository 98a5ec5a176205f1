/** One way to do a job, measured beside the others. */
export interface Contender {
  readonly name: string
  /** Does the job once; a promise is waited for. */
  readonly run: () => unknown
  /** False for a library whose call has nothing to wait for, so that it is not charged for an `await`. */
  readonly isAwaited?: boolean
  /** Ours: the others are compared with it. */
  readonly isOurs?: boolean
}
