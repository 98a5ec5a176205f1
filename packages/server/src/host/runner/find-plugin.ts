/** What the host needs of a plugin's module. */
export interface ServedPlugin {
  createApp(options?: object): { fetch: (request: Request, env?: object) => Response | Promise<Response> }
  stop?(): Promise<void>
}

/** The plugin that a module exports, by default or as `plugin`. */
export function findPlugin(module: { default?: unknown; plugin?: unknown }): ServedPlugin | undefined {
  return [module.default, module.plugin].find(isServed)
}

function isServed(value: unknown): value is ServedPlugin {
  return (
    typeof value === 'object' &&
    value !== null &&
    'createApp' in value &&
    typeof value.createApp === 'function'
  )
}
