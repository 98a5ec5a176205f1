import type { ManifestDifference } from './manifest-difference.js'
import { formatManifestPath } from './manifest-path.js'
import type { ManifestFilter, ManifestHook } from './manifest-schema.js'

interface HandlerEntry {
  readonly on: string
  readonly handler: string | undefined
  readonly priority: number
  readonly policy?: Readonly<Record<(typeof POLICY)[number], unknown>>
}

/** What both the code and plugin.yaml may say of a hook; where only one does, that counts. */
const POLICY = ['retries', 'timeout', 'on_error'] as const

export const hookEntry = ({
  event,
  handler,
  priority,
  retries,
  timeout,
  on_error,
}: ManifestHook): HandlerEntry => ({
  on: event,
  handler,
  priority,
  policy: { retries, timeout, on_error },
})
export const filterEntry = ({ filter, handler, priority }: ManifestFilter): HandlerEntry => ({
  on: filter,
  handler,
  priority,
})

/** Pairs the entries of one event, those with the same handler first, and names what is left over on either side. */
export function compareHandlers(
  list: 'hooks' | 'filters',
  key: 'event' | 'filter',
  code: readonly HandlerEntry[],
  yaml: readonly HandlerEntry[],
): ManifestDifference[] {
  const differences: ManifestDifference[] = []
  const left = new Set(code)
  const matched = new Map<number, HandlerEntry>()
  const match = (fits: (promise: HandlerEntry, entry: HandlerEntry) => boolean): void => {
    yaml.forEach((promise, index) => {
      if (matched.has(index)) return
      const entry = [...left].find((candidate) => candidate.on === promise.on && fits(promise, candidate))
      if (entry === undefined) return
      left.delete(entry)
      matched.set(index, entry)
    })
  }
  match((promise, entry) => promise.handler !== undefined && promise.handler === entry.handler)
  match((promise) => promise.handler === undefined)
  yaml.forEach((promise, index) => {
    const entry = matched.get(index)
    if (entry !== undefined) differences.push(...comparePolicies(list, index, entry, promise))
    if (entry === undefined) differences.push(missingInCode(list, index, promise, code))
    else if (entry.priority !== promise.priority) {
      differences.push({
        path: formatManifestPath([list, index, 'priority']),
        message: `${promise.on} has priority ${entry.priority} in the code and ${promise.priority} in plugin.yaml`,
        fix: `Write priority: ${entry.priority} in plugin.yaml`,
        severity: 'warning',
      })
    }
  })
  for (const { on, handler, priority } of left) {
    const named = handler === undefined ? '' : `, handler: ${handler}`
    const ranked = priority === 10 ? '' : `, priority: ${priority}`
    differences.push({
      path: list,
      message: `The code handles ${on}${handler === undefined ? '' : ` (${handler})`}, plugin.yaml does not list it`,
      fix: `Add "- { ${key}: ${JSON.stringify(on)}${named}${ranked} }" to ${list}`,
      severity: 'error',
    })
  }
  return differences
}

function comparePolicies(
  list: string,
  index: number,
  entry: HandlerEntry,
  promise: HandlerEntry,
): ManifestDifference[] {
  return POLICY.flatMap((key): ManifestDifference[] => {
    const inCode = entry.policy?.[key]
    const inYaml = promise.policy?.[key]
    if (inCode === undefined || inYaml === undefined || inCode === inYaml) return []
    return [
      {
        path: formatManifestPath([list, index, key]),
        message: `${promise.on} has ${key} ${JSON.stringify(inCode)} in the code and ${JSON.stringify(inYaml)} in plugin.yaml; the code counts`,
        fix: `Write ${key}: ${JSON.stringify(inCode)} in plugin.yaml`,
        severity: 'warning',
      },
    ]
  })
}

function missingInCode(
  list: string,
  index: number,
  promise: HandlerEntry,
  code: readonly HandlerEntry[],
): ManifestDifference {
  const others = code.filter(({ on }) => on === promise.on).map(({ handler }) => handler ?? 'unnamed')
  if (promise.handler !== undefined && others.length > 0) {
    return {
      path: formatManifestPath([list, index, 'handler']),
      message: `The code has no handler ${promise.handler} for ${promise.on}; it has ${others.join(', ')}`,
      fix: `Write handler: ${others[0]} or rename the function`,
      severity: 'error',
    }
  }
  return {
    path: formatManifestPath([list, index]),
    message: `plugin.yaml lists ${promise.on}, the code does not handle it`,
    fix: `Register a handler for ${promise.on}, or remove it from ${list}`,
    severity: 'error',
  }
}
