import type { Duplex } from 'node:stream'

/**
 * Frames that leave as one write. With more of them, each side would wait while the other collects, instead of both
 * working at the same time; with fewer, each frame would cost a write of its own.
 */
const MOST_DUE = 2

/** Sends what is due at about the same time as one write: after so many frames, or at the end of the turn. */
export class BatchedWrites {
  readonly #socket: Duplex
  #due: Buffer[] = []
  #dueBytes = 0
  #isFlushing = false

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  /** Bytes that were added, and have not left this process. */
  get backlog(): number {
    return this.#socket.writableLength + this.#dueBytes
  }

  add(frame: Buffer): void {
    this.#dueBytes += frame.byteLength
    if (this.#due.push(frame) >= MOST_DUE) this.#write()
    else if (!this.#isFlushing) {
      this.#isFlushing = true
      setImmediate(this.#flush)
    }
  }

  readonly #flush = (): void => {
    this.#isFlushing = false
    this.#write()
  }

  #write(): void {
    const [first, ...more] = this.#due
    this.#due = []
    this.#dueBytes = 0
    if (first && this.#socket.writable)
      this.#socket.write(more.length === 0 ? first : Buffer.concat([first, ...more]))
  }
}
