import { cpus } from 'node:os'
import { ANOMALY_MS, anomalyThreads, loadMachine } from './load-machine.js'

/**
 * The command `npm run anomaly`: real load on this machine, for the anomaly detector to find.
 *
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  const seconds = Number(args[0] ?? ANOMALY_MS / 1_000)
  if (!(seconds > 0 && seconds <= 600) || args.length > 1) {
    console.error(`"${args.join(' ')}" is not valid: expected nothing, or a number of seconds up to 600`)
    return 1
  }
  const threads = anomalyThreads()
  process.stdout.write(
    `Keeping ${cpus().length} cores busy with ${threads} threads of low priority for ${seconds} s ...\n`,
  )
  await loadMachine(threads, seconds * 1_000)
  process.stdout.write('Done. npm start shows the alert, if the detector had learnt what is usual before.\n')
  return 0
}
