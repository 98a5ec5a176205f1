import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** Puts a command into namespaces of its own, where the system offers that. */
export interface Sandbox {
  /** The command and arguments that go before those of a plugin. */
  prefix(options: { network: boolean }): readonly string[]
}

/** A plugin sees no process but its own, so it can signal none; and it dies with what started it. */
const NAMESPACES = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child']
/** No interface but a loopback of its own: whatever it wants to reach, it cannot. */
const NO_NETWORK = '--net'

/** Linux namespaces through `unshare`, or `undefined` where it is missing or not allowed. */
export async function detectSandbox(): Promise<Sandbox | undefined> {
  const unshare = process.platform === 'linux' ? await findCommand('unshare') : undefined
  if (!unshare) return undefined
  try {
    await promisify(execFile)(unshare, [...NAMESPACES, NO_NETWORK, '--', process.execPath, '--version'])
  } catch {
    return undefined
  }
  return { prefix: ({ network }) => [unshare, ...NAMESPACES, ...(network ? [] : [NO_NETWORK]), '--'] }
}

async function findCommand(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name)
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}
