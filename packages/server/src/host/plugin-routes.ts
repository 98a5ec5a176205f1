import type { StoredInstallation } from './installation.js'

/** Served by every plugin, and as open as the platform's own. */
const DESCRIPTIONS = ['/docs', '/openapi.json']

/** Whether a path of a plugin answers without a key. */
export function isOpenRoute(
  { plugin_id, registrations }: Pick<StoredInstallation, 'plugin_id' | 'registrations'>,
  method: string,
  path: string,
): boolean {
  const rest = path.slice(`/plugins/${plugin_id}`.length) || '/'
  // A HEAD is answered by the handler of the GET.
  const methods = method === 'HEAD' ? ['GET', 'HEAD'] : [method]
  if (methods.includes('GET') && DESCRIPTIONS.includes(rest)) return true
  const matching = registrations.routes.filter(
    (route) =>
      methods.some((one) => route.methods.includes(one)) &&
      (isPlain(route.path) ? matchesPath(route.path, rest) : route.auth === 'required'),
  )
  return matching.length > 0 && matching.every(({ auth }) => auth === 'none')
}

/** Wildcards and patterns are the plugin's to match; here, those that need a key may match anything. */
function isPlain(path: string): boolean {
  return !/[*?{]/.test(path)
}

function matchesPath(pattern: string, path: string): boolean {
  if (!pattern.includes(':')) return pattern === path
  const parts = path.split('/')
  const expected = pattern.split('/')
  return (
    expected.length === parts.length &&
    expected.every((part, index) => part.startsWith(':') || part === parts[index])
  )
}
