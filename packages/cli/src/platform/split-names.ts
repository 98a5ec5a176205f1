/**
 * Names as the command line takes them, with commas.
 *
 * @example splitNames('devices:read, alerts:write') // ['devices:read', 'alerts:write']
 */
export function splitNames(list = ''): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
