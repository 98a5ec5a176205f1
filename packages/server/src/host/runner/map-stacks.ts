import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * Lets stacks name the lines that the author wrote. Node's `--enable-source-maps` would read and keep the maps of all
 * code at its start: 4 MB and 30 ms for each plugin. Here a map is read when the first error shows its stack.
 */
export function mapStacks(): void {
  const maps = new Map<string, SourceMap | undefined>()
  const mapOf = (file: string) => {
    if (!maps.has(file)) maps.set(file, readMap(file))
    return maps.get(file)
  }
  Error.prepareStackTrace = (error, frames) =>
    [titleOf(error), ...frames.map((frame) => `    at ${shown(frame, mapOf)}`)].join('\n')
}

function shown(frame: NodeJS.CallSite, mapOf: (file: string) => SourceMap | undefined): string {
  const text = frame.toString()
  const file = frame.getFileName()
  const line = frame.getLineNumber()
  const column = frame.getColumnNumber()
  if (!file?.startsWith('file:') || line === null || column === null) return text
  const found = mapOf(file)?.findEntry(line - 1, column - 1)
  if (!found || !('originalSource' in found)) return text
  const { originalSource, originalLine, originalColumn } = found
  const place = `${sourceOf(originalSource, file)}:${originalLine + 1}:${originalColumn + 1}`
  return text.replace(`${file}:${line}:${column}`, place)
}

function sourceOf(source: string, file: string): string {
  const { href } = new URL(source, file)
  return href.startsWith('file:') ? fileURLToPath(href) : href
}

function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(file)}.map`, 'utf8')))
  } catch {
    return undefined
  }
}

function titleOf(error: Error): string {
  try {
    return String(error)
  } catch {
    return 'Error'
  }
}
