/** How Node, and V8 when its heap is full, begin to say why a process ends. */
const REASON = /^(?:Uncaught )?(?:(?:[A-Z]\w*)?(?:Error|Exception)\b(?: \[\w+\])?(?::.*)?|FATAL ERROR: .*)$/
/** Milliseconds: what was said longer ago is not why a process ended. */
const RECENT_MS = 2_000
const MAX_LENGTH = 300

/** Remembers why a process ended, which its exit code does not tell: the host ended it, or it spoke of an error last. */
export class LastWords {
  #words = ''
  #saidAt = Number.NEGATIVE_INFINITY
  #accusation: string | undefined

  hear(line: string, stream: 'stdout' | 'stderr'): void {
    if (stream !== 'stderr' || !REASON.test(line)) return
    this.#words = line.slice(0, MAX_LENGTH)
    this.#saidAt = performance.now()
  }

  /** The host is about to end it, because of something it did: `it used 312 MB of memory`. */
  accuse(accusation: string): void {
    this.#accusation ??= accusation
  }

  /** How it ended, with what it said before; one that was killed from outside had no say in it. */
  describe({ code, signal }: { code: number | null; signal: NodeJS.Signals | null }): string {
    const how = signal ? `signal ${signal}` : `exit code ${code}`
    if (this.#accusation !== undefined) return `${how} after ${this.#accusation}`
    const isOld = performance.now() - this.#saidAt > RECENT_MS
    return isOld || signal === 'SIGKILL' ? how : `${how} after "${this.#words}"`
  }
}
