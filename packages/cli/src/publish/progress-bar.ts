import { formatBytes } from '../terminal/byte-size.js'

const WIDTH = 30

/** A bar that redraws itself on a terminal and stays silent elsewhere. */
export interface ProgressBar {
  update(done: number, total: number): void
  /** Removes the bar from the screen. */
  clear(): void
}

/** Draws on standard error, so that the answer on standard output stays clean. */
export function createProgressBar(output: NodeJS.WriteStream = process.stderr): ProgressBar {
  if (!output.isTTY) return { update: () => {}, clear: () => {} }
  return {
    update: (done, total) => {
      const filled = total === 0 ? WIDTH : Math.round((done / total) * WIDTH)
      const bar = `${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}`
      output.write(`\r[${bar}] ${formatBytes(done)} of ${formatBytes(total)}\u001b[K`)
    },
    clear: () => output.write('\r\u001b[K'),
  }
}
