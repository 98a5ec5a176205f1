import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceFile } from './check-permissions.js'

const MAX_TEXT_BYTES = 2_000_000

/** The given files of a plugin as text; what is binary, too large or gone is left out. */
export async function readSources(folder: string, paths: Iterable<string>): Promise<SourceFile[]> {
  const sources: SourceFile[] = []
  for (const path of new Set(paths)) {
    const bytes = await readFile(join(folder, path)).catch(() => undefined)
    if (bytes === undefined || bytes.length > MAX_TEXT_BYTES || bytes.subarray(0, 8_000).includes(0)) continue
    sources.push({ path, text: bytes.toString('utf8') })
  }
  return sources
}
