/** Milliseconds between two looks. */
const LOOK_MS = 1_000

/** A process that may not use more memory than some. */
export interface WatchedMemory {
  /** Bytes it uses now, where that can be told. */
  read: () => number | undefined
  /** Bytes it may use. */
  limit: number
  onOver: (used: number) => void
}

const watched = new Set<WatchedMemory>()
let timer: NodeJS.Timeout | undefined

/**
 * Looks once a second whether a process uses more memory than it may: one look for all of them. V8 bounds nothing but
 * its heap, and buffers lie beside that.
 *
 * @returns what ends the watch.
 */
export function watchMemory(one: WatchedMemory): () => void {
  watched.add(one)
  timer ??= setInterval(look, LOOK_MS).unref()
  return () => {
    watched.delete(one)
    if (watched.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function look(): void {
  for (const { read, limit, onOver } of watched) {
    const used = read()
    if (used !== undefined && used > limit) onOver(used)
  }
}
