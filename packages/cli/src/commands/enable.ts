import { parsePluginId } from '../platform/plugin-reference.js'
import { changeState, type VerbOptions } from './change-state.js'

/** `enable <id>` */
export async function enable(id: string, options: VerbOptions): Promise<void> {
  await changeState('enable', 'enabled', parsePluginId(id), options)
}
