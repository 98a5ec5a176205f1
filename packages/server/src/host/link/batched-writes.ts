import type { Duplex } from 'node:stream'

/** Sends what is due in the same turn of the event loop as one write, which wakes the other side once. */
export class BatchedWrites {
  readonly #socket: Duplex
  #due: Buffer[] = []

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  add(frame: Buffer): void {
    if (this.#due.push(frame) === 1) setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    const [first, ...more] = this.#due
    this.#due = []
    if (first && this.#socket.writable)
      this.#socket.write(more.length === 0 ? first : Buffer.concat([first, ...more]))
  }
}
