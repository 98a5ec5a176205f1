import { loadavg } from 'node:os'
import { sep } from 'node:path'
import { currentLoad, fsSize, mem } from 'systeminformation'

/** What this machine measures, as it is sent to `POST /devices/{id}/metrics`. */
export interface MachineReading {
  /** Share of all cores' time that was used since the last reading. */
  cpu_percent: number
  /** Memory that programs could not have, caches not counted. */
  memory_percent: number
  /** Of the file system that the data folder is on; missing where none is known. */
  disk_percent?: number
  /** Average number of threads that ran or waited to, over one minute. */
  load_1m: number
}

/** Finding out how full a disk is starts a process on most systems, and changes slowly. */
const DISK_EVERY_MS = 10_000

/**
 * A function that measures this machine.
 *
 * @param folder Which disk to look at: the one this folder is on.
 */
export async function createMachineReader(folder: string): Promise<() => Promise<MachineReading>> {
  // The first answer is the average since the machine was switched on; only later ones are of now.
  await currentLoad()
  let disk: Pick<MachineReading, 'disk_percent'> = {}
  let diskReadAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - diskReadAt >= DISK_EVERY_MS) {
      diskReadAt = performance.now()
      const used = usedPercent(await fsSize(), folder)
      disk = used === undefined ? {} : { disk_percent: round(used, 1) }
    }
    const [cpu, memory] = await Promise.all([currentLoad(), mem()])
    return {
      cpu_percent: round(cpu.currentLoad, 1),
      memory_percent: round(100 * (1 - memory.available / memory.total), 1),
      ...disk,
      load_1m: round(loadavg()[0] ?? 0, 2),
    }
  }
}

/** How full the file system with the longest mount path above a folder is. */
export function usedPercent(
  fileSystems: readonly { mount: string; use: number }[],
  folder: string,
): number | undefined {
  const path = withSeparator(folder)
  const above = fileSystems.filter(({ mount, use }) => path.startsWith(withSeparator(mount)) && use >= 0)
  return above.toSorted((a, b) => b.mount.length - a.mount.length)[0]?.use
}

function withSeparator(path: string): string {
  return path.endsWith(sep) ? path : path + sep
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
