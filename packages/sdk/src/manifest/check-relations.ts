import { describeValue } from './describe-issue.js'
import type { ManifestIssue } from './manifest-error.js'
import type { Manifest } from './manifest-schema.js'

/** What no single field can tell: things listed twice, fields that need each other. */
export function checkRelations(manifest: Manifest): ManifestIssue[] {
  return [
    ...checkRuntime(manifest),
    ...checkPricing(manifest),
    ...checkDuplicates(manifest),
    ...checkSelf(manifest),
  ]
}

function checkRuntime({ type, runtime }: Manifest): ManifestIssue[] {
  if (type !== 'container' || runtime.type === 'remote') return []
  return [
    {
      path: 'runtime.type',
      message: `runtime.type is ${describeValue(runtime.type)}: a plugin of type container runs remotely`,
      fix: 'Write runtime: { type: remote }',
    },
  ]
}

function checkPricing({ pricing }: Manifest): ManifestIssue[] {
  if (pricing === undefined || pricing.model === 'free' || pricing.price !== undefined) return []
  return [
    {
      path: 'pricing.price',
      message: `pricing.price is missing: the model is ${pricing.model}`,
      fix: 'Add price: 9.99 to pricing, or write model: free',
    },
  ]
}

function checkDuplicates({ hooks, filters, routes, tasks }: Manifest): ManifestIssue[] {
  const hookNames = hooks.map(({ event, handler }) => [`${event} ${handler ?? ''}`.trimEnd()])
  const filterNames = filters.map(({ filter, handler }) => [`${filter} ${handler ?? ''}`.trimEnd()])
  const endpoints = routes.map(({ methods, path }) =>
    [...new Set(methods)].map((method) => `${method} ${path}`),
  )
  const taskNames = tasks.map(({ name }) => [name])
  return [
    ...duplicates('hooks', hookNames),
    ...duplicates('filters', filterNames),
    ...duplicates('routes', endpoints),
    ...duplicates('tasks', taskNames),
  ]
}

function duplicates(list: string, names: readonly (readonly string[])[]): ManifestIssue[] {
  const first = new Map<string, number>()
  const issues: ManifestIssue[] = []
  names.forEach((entry, index) => {
    for (const name of entry) {
      const earlier = first.get(name)
      if (earlier === undefined) first.set(name, index)
      else {
        issues.push({
          path: `${list}[${index}]`,
          message: `${list}[${index}] lists ${name} again, ${list}[${earlier}] already does`,
          fix: 'Remove one of them',
        })
      }
    }
  })
  return issues
}

function checkSelf({ id, dependencies }: Manifest): ManifestIssue[] {
  if (!Object.hasOwn(dependencies?.plugins ?? {}, id)) return []
  return [
    {
      path: `dependencies.plugins.${id}`,
      message: `dependencies.plugins lists the plugin itself, ${id}`,
      fix: 'Remove it',
    },
  ]
}
