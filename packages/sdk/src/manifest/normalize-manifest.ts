import { normalizeConfigSchema } from './normalize-config-schema.js'
import { isPlainObject } from './plain-object.js'

/**
 * The same manifest in its one canonical spelling: `name` becomes `event` and `onError` `on_error` in hooks, `api_routes` becomes `routes`,
 * three-part permissions become two-part, HTTP methods upper-case, `min`/`max` become `minimum`/`maximum` in
 * `config_schema`. Checks nothing, changes nothing in place, and doing it twice changes nothing more.
 *
 * @example normalizeManifest({ permissions: ['api:devices:read'] }) // { permissions: ['devices:read'] }
 */
export function normalizeManifest(value: unknown): unknown {
  if (!isPlainObject(value)) return value
  const manifest: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(value)) {
    // `hooks:` with nothing behind it is null in YAML and means the same as not writing it.
    if (key !== '__proto__' && entry !== null && entry !== undefined) manifest[key] = entry
  }
  renameKey(manifest, 'api_routes', 'routes')
  rewrite(manifest, 'permissions', (list) => mapList(list, normalizePermission))
  rewrite(manifest, 'hooks', (list) => mapList(list, normalizeHook))
  rewrite(manifest, 'filters', (list) => mapList(list, (filter) => withRenamedKey(filter, 'name', 'filter')))
  rewrite(manifest, 'routes', (list) => mapList(list, normalizeRoute))
  rewrite(manifest, 'slots', (list) => mapList(list, normalizeSlot))
  rewrite(manifest, 'config_schema', normalizeConfigSchema)
  if (manifest.type === 'container') manifest.runtime = asRemote(manifest.runtime)
  return manifest
}

function rewrite(manifest: Record<string, unknown>, key: string, change: (value: unknown) => unknown): void {
  if (Object.hasOwn(manifest, key)) manifest[key] = change(manifest[key])
}

function mapList(value: unknown, change: (item: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(change) : value
}

function renameKey(object: Record<string, unknown>, from: string, to: string): void {
  if (!Object.hasOwn(object, from) || Object.hasOwn(object, to)) return
  object[to] = object[from]
  delete object[from]
}

function withRenamedKey(value: unknown, from: string, to: string): unknown {
  if (!isPlainObject(value)) return value
  const copy = { ...value }
  renameKey(copy, from, to)
  return copy
}

function normalizeHook(hook: unknown): unknown {
  return withRenamedKey(withRenamedKey(hook, 'name', 'event'), 'onError', 'on_error')
}

function normalizePermission(permission: unknown): unknown {
  if (typeof permission !== 'string') return permission
  const parts = permission.trim().split(':')
  return (parts.length === 3 ? parts.slice(1) : parts).join(':')
}

function normalizeRoute(route: unknown): unknown {
  const copy = withRenamedKey(route, 'method', 'methods')
  if (!isPlainObject(copy) || !Object.hasOwn(copy, 'methods')) return copy
  const methods = typeof copy.methods === 'string' ? [copy.methods] : copy.methods
  const upper = mapList(methods, (method) => (typeof method === 'string' ? method.toUpperCase() : method))
  return { ...copy, methods: upper }
}

function normalizeSlot(slot: unknown): unknown {
  return typeof slot === 'string' ? { slot } : withRenamedKey(slot, 'name', 'slot')
}

/** A container is always reached over the network, so its runtime says so even when the author did not. */
function asRemote(runtime: unknown): unknown {
  if (runtime === undefined) return { type: 'remote' }
  return isPlainObject(runtime) && !Object.hasOwn(runtime, 'type') ? { ...runtime, type: 'remote' } : runtime
}
