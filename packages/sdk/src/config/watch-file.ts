import { watch } from 'node:fs'

/** Several events of one save arrive within this many milliseconds. */
const QUIET = 50

/**
 * Calls `onChange` after a file changed, appeared or vanished. The folder is watched, since editors replace files.
 * Does not keep the process alive. Returns what ends it.
 */
export function watchFile(
  folder: string,
  name: string,
  onChange: () => void,
  onError: (error: unknown) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(folder, { persistent: false }, (_event, changed) => {
    if (changed !== null && changed !== name) return
    clearTimeout(timer)
    timer = setTimeout(onChange, QUIET)
    timer.unref()
  })
  watcher.on('error', onError)
  return () => {
    clearTimeout(timer)
    watcher.close()
  }
}
