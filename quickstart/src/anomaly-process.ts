import { spawn } from 'node:child_process'
import { ANOMALY_BINARY } from './workspace.js'

/** The command behind `npm run anomaly`, as a child process: the load is no part of the quick start itself. */
export function startAnomaly(onEnd: () => void): { stop(): Promise<void> } {
  const child = spawn(process.execPath, [ANOMALY_BINARY], { stdio: 'ignore' })
  const kill = () => child.kill('SIGTERM')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      process.off('exit', kill)
      resolve()
    }
    child.once('error', end)
    child.once('close', end)
  })
  void ended.then(onEnd)
  return {
    stop() {
      kill()
      return ended
    },
  }
}
