import { shownPath } from './entry-path.js'
import { PackageError } from './package-error.js'

type EntryKind = 'file' | 'folder'

interface Known {
  readonly path: string
  readonly kind: EntryKind
  /** False for a folder only known from what lies in it. */
  readonly listed: boolean
}

/** Remembers the paths of one archive, so that no two of them can be the same place on any file system. */
export interface EntryRegister {
  /** @throws PackageError when the path, or a folder on its way, is already there as something else. */
  add(names: readonly string[], kind: EntryKind): void
}

export function createEntryRegister(): EntryRegister {
  const entries = new Map<string, Known>()
  let root: string | undefined

  function put(path: string, kind: EntryKind, listed: boolean): void {
    const key = folded(path)
    const known = entries.get(key)
    const repeated = listed && known?.listed === true
    if (known && (known.path !== path || known.kind !== kind || repeated)) throw collision(path, kind, known)
    if (!known || listed) entries.set(key, { path, kind, listed })
  }

  return {
    add(names, kind) {
      const [first = ''] = names
      root ??= first
      if (first !== root || (names.length === 1 && kind === 'file')) {
        throw new PackageError(
          `The archive holds ${shownPath(names.join('/'))}: expected one root folder with everything in it`,
        )
      }
      for (let depth = 1; depth < names.length; depth++) put(names.slice(0, depth).join('/'), 'folder', false)
      put(names.join('/'), kind, true)
    },
  }
}

/** Equal for names that some file system takes for the same: differing in case, or in how accents are composed. */
function folded(path: string): string {
  return path.normalize('NFKC').toUpperCase().toLowerCase()
}

function collision(path: string, kind: EntryKind, known: Known): PackageError {
  const other =
    known.path !== path
      ? `also ${shownPath(known.path)}, the same place where case does not count`
      : known.kind === kind
        ? 'it twice'
        : 'it both as a file and as a folder'
  return new PackageError(`The archive holds ${shownPath(path)} and ${other}: expected each path once`)
}
