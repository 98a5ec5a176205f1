import { parsePluginId } from '../platform/plugin-reference.js'
import { changeState, type VerbOptions } from './change-state.js'

/** `disable <id>` */
export async function disable(id: string, options: VerbOptions): Promise<void> {
  await changeState('disable', 'disabled', parsePluginId(id), options)
}
