import { parsePluginReference } from '../platform/plugin-reference.js'
import { changeState, type VerbOptions } from './change-state.js'

/** `update <id>[@version]` */
export async function update(reference: string, options: VerbOptions): Promise<void> {
  const { id, version } = parsePluginReference(reference)
  await changeState('update', 'updated', id, options, version === undefined ? {} : { version })
}
