/**
 * The name of a handler: the one given, its function's own, or one derived from what it handles.
 *
 * @example handlerName(undefined, async () => {}, 'on device.created') // 'onDeviceCreated'
 */
export function handlerName(
  given: string | undefined,
  handler: (...args: never[]) => unknown,
  handles: string,
): string {
  return given || handler.name || camelCase(handles)
}

function camelCase(words: string): string {
  const [first = '', ...rest] = words
    .replaceAll('*', 'any')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
  return first.toLowerCase() + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

/** `name`, or `name2`, `name3` ... where it is taken. */
export function uniqueName(name: string, isTaken: (name: string) => boolean): string {
  let candidate = name
  for (let count = 2; isTaken(candidate); count += 1) candidate = `${name}${count}`
  return candidate
}
