import { Plugin, type PluginOptions } from '@ops-center/plugin-sdk'

/** A plugin with nothing in it yet. */
export function benchPlugin(options?: PluginOptions): Plugin {
  return new Plugin({ id: 'bench', name: 'Bench', version: '1.0.0' }, options)
}
