import { readFileSync } from 'node:fs'

/**
 * Tells the resident memory (RSS, as `ps` shows it) of a plugin's process in bytes, with what it shares with other
 * processes; `undefined` while it is not there, and where there is no `/proc`. In a sandbox the process that was started
 * is only the door, and the plugin is its one child.
 *
 * Read without waiting: the kernel answers from memory, in the time it takes to ask a thread to.
 */
export function memoryReader(pid: number | undefined, isSandboxed: boolean): () => number | undefined {
  let itself = isSandboxed ? undefined : pid?.toString()
  return () => {
    itself ??= childOf(pid)
    const status = itself && read(`/proc/${itself}/status`)
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1]
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024
  }
}

function childOf(pid: number | undefined): string | undefined {
  return read(`/proc/${pid}/task/${pid}/children`)?.split(' ')[0] || undefined
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
