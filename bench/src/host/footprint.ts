import { readFile } from 'node:fs/promises'
import type { BenchPlatform } from './bench-platform.js'

/** Bytes of one process: its share of what it has in common with others, and everything that it touches. */
export interface Footprint {
  pss: number
  rss: number
}

/** What the process of a running plugin takes; `undefined` where the system does not tell. */
export async function footprintOf(platform: BenchPlatform, plugin: string): Promise<Footprint | undefined> {
  try {
    const text = await readFile(
      `/proc/${await innermost(await pidOf(platform, plugin))}/smaps_rollup`,
      'utf8',
    )
    return { pss: bytesOf(text, 'Pss'), rss: bytesOf(text, 'Rss') }
  } catch {
    return undefined
  }
}

/** The Unix socket on which a running plugin answers. */
export async function socketOf(platform: BenchPlatform, plugin: string): Promise<string> {
  const environment = await readFile(`/proc/${await pidOf(platform, plugin)}/environ`, 'utf8')
  return /(?:^|\0)OPS_PLUGIN_SOCKET=([^\0]*)/.exec(environment)?.[1] ?? ''
}

async function pidOf(platform: BenchPlatform, plugin: string): Promise<number> {
  const { pid } = await platform.ask<{ pid: number }>('GET', `/api/v1/plugins/${plugin}/health`)
  return pid
}

/** A sandbox is a process around the plugin's. */
async function innermost(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim()
  return children === '' ? pid : innermost(Number(children.split(' ')[0]))
}

function bytesOf(rollup: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]) * 1024
}
