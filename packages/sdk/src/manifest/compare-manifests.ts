import { compareHandlers, filterEntry, hookEntry } from './compare-handlers.js'
import { compareRoutes } from './compare-routes.js'
import type { ManifestDifference } from './manifest-difference.js'
import type { Manifest } from './manifest-schema.js'

const IDENTITY = ['id', 'version', 'type'] as const
const DESCRIPTION = ['name', 'description', 'author', 'category'] as const
const OPTIONAL = ['homepage', 'repository', 'documentation', 'license'] as const

/**
 * Names every difference between what a plugin's code registers and what its `plugin.yaml` promises.
 *
 * @example compareManifests(plugin.getManifest(), (await loadManifest('plugin.yaml')).manifest) // []
 */
export function compareManifests(fromCode: Manifest, fromYaml: Manifest): ManifestDifference[] {
  return [
    ...compareFields(fromCode, fromYaml),
    ...comparePermissions(fromCode, fromYaml),
    ...compareHandlers('hooks', 'event', fromCode.hooks.map(hookEntry), fromYaml.hooks.map(hookEntry)),
    ...compareHandlers(
      'filters',
      'filter',
      fromCode.filters.map(filterEntry),
      fromYaml.filters.map(filterEntry),
    ),
    ...compareRoutes(fromCode, fromYaml),
    ...compareTasks(fromCode, fromYaml),
  ]
}

function compareFields(code: Manifest, yaml: Manifest): ManifestDifference[] {
  const given = OPTIONAL.filter((field) => code[field] !== undefined)
  return [...IDENTITY, ...DESCRIPTION, ...given].flatMap((field): ManifestDifference[] => {
    if (code[field] === yaml[field]) return []
    const values = `${JSON.stringify(code[field])} in the code and ${JSON.stringify(yaml[field])} in plugin.yaml`
    const severity = IDENTITY.some((name) => name === field) ? 'error' : 'warning'
    return [{ path: field, message: `${field} is ${values}`, fix: 'Write the same in both', severity }]
  })
}

function comparePermissions(code: Manifest, yaml: Manifest): ManifestDifference[] {
  const onlyCode = code.permissions.filter((permission) => !yaml.permissions.includes(permission))
  const onlyYaml = yaml.permissions.filter((permission) => !code.permissions.includes(permission))
  return [
    ...onlyCode.map(
      (permission): ManifestDifference => ({
        path: 'permissions',
        message: `The code asks for ${permission}, plugin.yaml does not`,
        fix: `Add "- ${permission}" to permissions in plugin.yaml, or remove it from the code`,
        severity: 'error',
      }),
    ),
    ...onlyYaml.map(
      (permission): ManifestDifference => ({
        path: `permissions[${yaml.permissions.indexOf(permission)}]`,
        message: `plugin.yaml asks for ${permission}, the code does not`,
        fix: `Add '${permission}' to permissions in the code, or remove it from plugin.yaml`,
        severity: 'warning',
      }),
    ),
  ]
}

function compareTasks(code: Manifest, yaml: Manifest): ManifestDifference[] {
  const inCode = new Map(code.tasks.map((task) => [task.name, task]))
  const inYaml = new Set(yaml.tasks.map(({ name }) => name))
  const promised = yaml.tasks.flatMap(({ name, cron }, index): ManifestDifference[] => {
    const real = inCode.get(name)
    if (real === undefined) {
      const message = `plugin.yaml lists the task ${name}, the code does not register it`
      const fix = `Register it with plugin.task('${name}', ...), or remove it from tasks`
      return [{ path: `tasks[${index}]`, message, fix, severity: 'error' }]
    }
    if (cron === undefined || real.cron === undefined || cron === real.cron) return []
    const message = `The task ${name} runs at "${real.cron}" in the code and at "${cron}" in plugin.yaml`
    return [{ path: `tasks[${index}].cron`, message, fix: 'Write the same in both', severity: 'error' }]
  })
  const unlisted = code.tasks.flatMap(({ name, cron }): ManifestDifference[] => {
    if (inYaml.has(name)) return []
    const message = `The code registers the task ${name}, plugin.yaml does not list it`
    const timed = cron === undefined ? '' : `, cron: ${JSON.stringify(cron)}`
    return [{ path: 'tasks', message, fix: `Add "- { name: ${name}${timed} }" to tasks`, severity: 'error' }]
  })
  return [...promised, ...unlisted]
}
