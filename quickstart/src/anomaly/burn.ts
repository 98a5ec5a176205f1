import { pbkdf2 } from 'node:crypto'

/*
 * A process that keeps every thread of its thread pool busy. Node runs `pbkdf2` on these threads, and they need hardly
 * any memory, so that there can be many more of them than cores.
 *
 * Called as `burn.js <milliseconds>`; the size of the pool is UV_THREADPOOL_SIZE.
 */

const until = Date.now() + Number(process.argv[2])

/** A few milliseconds of work at a time. */
function burn(): void {
  if (Date.now() < until) pbkdf2('anomaly', 'salt', 20_000, 32, 'sha256', burn)
  else process.stdin.destroy()
}

for (let thread = 0; thread < Number(process.env.UV_THREADPOOL_SIZE); thread++) burn()

// Standard input ends with the process that started this one, however that went.
process.stdin.on('end', () => process.exit()).resume()
