import type { Duplex } from 'node:stream'

/** Sends what is due in the same turn of the event loop as one write, which wakes the other side once. */
export class BatchedWrites {
  readonly #socket: Duplex
  #due: Buffer[] = []
  #dueBytes = 0

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  /** Bytes that were added, and have not left this process. */
  get backlog(): number {
    return this.#socket.writableLength + this.#dueBytes
  }

  add(frame: Buffer): void {
    this.#dueBytes += frame.byteLength
    if (this.#due.push(frame) === 1) setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    const [first, ...more] = this.#due
    this.#due = []
    this.#dueBytes = 0
    if (first && this.#socket.writable)
      this.#socket.write(more.length === 0 ? first : Buffer.concat([first, ...more]))
  }
}
