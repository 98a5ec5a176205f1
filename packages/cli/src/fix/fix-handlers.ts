import type { Document, YAMLMap } from 'yaml'
import { addEntry, entriesOf, removeEntry, textAt } from './manifest-list.js'

/** A hook or filter of the code. */
interface CodeHandler {
  readonly on: string
  readonly handler?: string | undefined
  readonly priority: number
  readonly retries?: number | undefined
  readonly timeout?: number | string | undefined
  readonly on_error?: string | undefined
}

const DEFAULT_PRIORITY = 10

/** Makes `hooks` or `filters` list exactly the handlers of the code; `keys` name the event, the preferred one first. */
export function fixHandlers(
  document: Document,
  list: 'hooks' | 'filters',
  keys: readonly [string, ...string[]],
  code: readonly CodeHandler[],
): string[] {
  const changes: string[] = []
  const left = new Set(code)
  const pairs = new Map<YAMLMap, CodeHandler>()
  const pair = (fits: (entry: YAMLMap, handler: CodeHandler) => boolean) => {
    for (const entry of entriesOf(document, list)) {
      if (pairs.has(entry)) continue
      const found = [...left].find((one) => one.on === textAt(entry, ...keys) && fits(entry, one))
      if (found === undefined) continue
      left.delete(found)
      pairs.set(entry, found)
    }
  }
  pair((entry, { handler }) => handler !== undefined && textAt(entry, 'handler') === handler)
  pair((entry) => !entry.has('handler'))
  pair(() => true)
  for (const entry of entriesOf(document, list)) {
    const on = textAt(entry, ...keys) ?? 'an entry'
    const real = pairs.get(entry)
    if (real === undefined) {
      removeEntry(document, list, entry)
      changes.push(`removed ${on} from ${list}: the code does not handle it`)
      continue
    }
    if (entry.has('handler') && real.handler !== undefined && textAt(entry, 'handler') !== real.handler) {
      entry.set('handler', real.handler)
      changes.push(`wrote handler ${real.handler} for ${on} in ${list}`)
    }
    if (Number(entry.get('priority') ?? DEFAULT_PRIORITY) !== real.priority) {
      entry.set('priority', real.priority)
      changes.push(`wrote priority ${real.priority} for ${on} in ${list}`)
    }
  }
  for (const { on, handler, priority, retries, timeout, on_error } of left) {
    const stated = { handler, priority: priority === DEFAULT_PRIORITY ? undefined : priority }
    const all = Object.entries({ [keys[0]]: on, ...stated, retries, timeout, on_error })
    addEntry(document, list, Object.fromEntries(all.filter(([, value]) => value !== undefined)))
    changes.push(`added ${on}${handler === undefined ? '' : ` (${handler})`} to ${list}`)
  }
  return changes
}
