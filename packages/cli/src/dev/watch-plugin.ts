import { relative, sep } from 'node:path'
import { watch } from 'chokidar'
import { readIgnoreRules } from '../build/ignore-rules.js'

/**
 * Milliseconds of quiet after which a save counts as finished: editors write several files, or one several times. The
 * watcher swallows changes of a file within 50 ms of the last one it told of, so this must be longer.
 */
const QUIET = 60
/** Tests are run by their own watcher, and a README changes nothing that runs. */
const IRRELEVANT = /\.(?:test|spec)\.[cm]?[jt]sx?$|^readme\.md$/i

/** Tells of every change below a plugin folder, new and deleted files too; resolves once nothing is missed. */
export async function watchPlugin(
  folder: string,
  onChange: (paths: readonly string[], since: number) => void,
): Promise<() => Promise<void>> {
  const rules = await readIgnoreRules(folder)
  const inside = (path: string) => relative(folder, path).split(sep).join('/')
  const changed = new Set<string>()
  let since = 0
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path, stats) => {
      const name = inside(path)
      if (name === '') return false
      return rules.isIgnored(name) || (stats?.isDirectory() === true && rules.isIgnored(`${name}/`))
    },
  })
  watcher.on('all', (_event, path) => {
    const name = inside(path)
    if (IRRELEVANT.test(name)) return
    if (changed.size === 0) since = Date.now()
    changed.add(name)
    clearTimeout(timer)
    timer = setTimeout(() => {
      const paths = [...changed]
      changed.clear()
      onChange(paths, since)
    }, QUIET)
  })
  await new Promise<void>((resolve) => watcher.once('ready', resolve))
  return async () => {
    clearTimeout(timer)
    await watcher.close()
  }
}
