import type { StoredInstallation } from '../installations/installation.js'

const PREFIX = '/plugins/'
/** Served by every plugin, and as open as the platform's own. */
const DESCRIPTIONS = ['/docs', '/openapi.json']

/** Whether a path of a plugin answers without a key. */
export function isOpenRoute(
  { plugin_id, registrations }: Pick<StoredInstallation, 'plugin_id' | 'registrations'>,
  method: string,
  path: string,
): boolean {
  const rest = path.slice(PREFIX.length + plugin_id.length) || '/'
  // A HEAD is answered by the handler of the GET.
  const isRead = method === 'GET' || method === 'HEAD'
  if (isRead && DESCRIPTIONS.includes(rest)) return true
  let isOpen = false
  for (const { path: pattern, methods, auth } of registrations.routes) {
    if (!methods.includes(method) && !(isRead && methods.includes('GET'))) continue
    if (isPlain(pattern) ? !matchesPath(pattern, rest) : auth === 'none') continue
    if (auth !== 'none') return false
    isOpen = true
  }
  return isOpen
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
