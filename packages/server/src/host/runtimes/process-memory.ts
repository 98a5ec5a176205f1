import { readFile } from 'node:fs/promises'

/**
 * Resident memory of a plugin's process in bytes; `undefined` when it is gone, or where there is no `/proc`. In a
 * sandbox the process that was started is only the door, and the plugin is its one child.
 */
export async function processMemory(
  pid: number | undefined,
  isSandboxed: boolean,
): Promise<number | undefined> {
  if (pid === undefined || process.platform !== 'linux') return undefined
  const children = isSandboxed ? await read(`/proc/${pid}/task/${pid}/children`) : undefined
  const [child = pid] = children?.trim().split(' ') ?? []
  const status = await read(`/proc/${child}/status`)
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024
}

function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
