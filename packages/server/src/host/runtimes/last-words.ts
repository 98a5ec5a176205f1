/** How Node, and V8 when its heap is full, begin to say why a process ends. */
const REASON = /^(?:Uncaught )?(?:(?:[A-Z]\w*)?(?:Error|Exception)\b(?: \[\w+\])?(?::.*)?|FATAL ERROR: .*)$/
/** Milliseconds: what was said longer ago is not why a process ended. */
const RECENT_MS = 2_000
const MAX_LENGTH = 300

/** Remembers what a process said of an error last: often why it ended, which its exit code does not tell. */
export class LastWords {
  #words = ''
  #saidAt = Number.NEGATIVE_INFINITY

  hear(line: string, stream: 'stdout' | 'stderr'): void {
    if (stream !== 'stderr' || !REASON.test(line)) return
    this.#words = line.slice(0, MAX_LENGTH)
    this.#saidAt = performance.now()
  }

  /** How it ended, with what it said before; one that was killed from outside had no say in it. */
  describe({ code, signal }: { code: number | null; signal: NodeJS.Signals | null }): string {
    const how = signal ? `signal ${signal}` : `exit code ${code}`
    const isOld = performance.now() - this.#saidAt > RECENT_MS
    return isOld || signal === 'SIGKILL' ? how : `${how} after "${this.#words}"`
  }
}
