import type { ArchiveLimits } from './archive-limits.js'
import { PackageError } from './package-error.js'

/** What no file system shows as it is; U+FFFD stands where a name was not UTF-8. */
const UNSAFE = /[\p{Cc}\p{Surrogate}\uFFFD]/u
const MAX_NAME_BYTES = 255

/**
 * The names along an archive's path, folders first; one trailing slash is left out.
 *
 * @throws PackageError for whatever could lead out of the target folder or mean two things: `..`, `.`, empty names,
 * absolute paths, backslashes, control characters, names or paths that are too long.
 * @example parseEntryPath('weather/src/main.js', ARCHIVE_LIMITS) // ['weather', 'src', 'main.js']
 */
export function parseEntryPath(path: string, limits: ArchiveLimits): string[] {
  const names = path.replace(/\/$/, '').split('/')
  const problem = problemOf(path, names, limits)
  if (problem === undefined) return names
  throw new PackageError(
    `The archive holds ${shownPath(path)}, which ${problem}: build it with ops-center-plugin build`,
  )
}

/** A path as it may stand in a message. */
export function shownPath(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}...` : path)
}

function problemOf(path: string, names: readonly string[], limits: ArchiveLimits): string | undefined {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is an absolute path'
  if (path.includes('\\')) return 'has a backslash in its path'
  if (UNSAFE.test(path)) return 'has characters in its path that cannot be shown'
  if (names.includes('..')) return 'leads out of its folder'
  if (names.some((name) => name === '' || name === '.')) return 'has an empty name in its path'
  if (Buffer.byteLength(path) > limits.maxPathBytes)
    return `has a path of more than ${limits.maxPathBytes} bytes`
  if (names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) {
    return `has a name of more than ${MAX_NAME_BYTES} bytes`
  }
  if (names.length > limits.maxDepth) return `lies more than ${limits.maxDepth} folders deep`
  return undefined
}
