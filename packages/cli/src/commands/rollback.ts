import { parsePluginId } from '../platform/plugin-reference.js'
import { changeState, type VerbOptions } from './change-state.js'

/** `rollback <id>` */
export async function rollback(id: string, options: VerbOptions): Promise<void> {
  await changeState('rollback', 'rolled back', parsePluginId(id), options)
}
