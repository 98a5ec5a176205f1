import { parsePluginId } from '../platform/plugin-reference.js'
import { confirmOrStop, isInteractive } from '../terminal/confirm.js'
import { changeState, type VerbOptions } from './change-state.js'

export interface UninstallOptions extends VerbOptions {
  readonly purge?: boolean
  readonly yes?: boolean
}

/** `uninstall <id> [--purge]`; asks first on a terminal. */
export async function uninstall(reference: string, options: UninstallOptions): Promise<void> {
  const { purge = false, yes = false, ...verb } = options
  const id = parsePluginId(reference)
  if (!yes && isInteractive()) await confirmOrStop(`Uninstall ${id}${purge ? ' and delete its data' : ''}?`)
  await changeState('uninstall', 'uninstalled', id, verb, purge ? { purge } : {})
}
