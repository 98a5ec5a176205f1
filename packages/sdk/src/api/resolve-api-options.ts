import { ApiConfigurationError } from './errors.js'

/** Where an Ops-Center listens unless told otherwise. */
export const DEFAULT_API_URL = 'http://localhost:8000'

/** Where the address and the key are looked for. */
export interface ApiOptionSources {
  env?: Readonly<Record<string, string | undefined>> | undefined
  /** The plugin's config; asked only when the environment has nothing. */
  config?: { get(key: string): unknown } | undefined
}

/** Where the API is, and the key to call it with. */
export interface ResolvedApiOptions {
  readonly url: string
  readonly apiKey: string | undefined
}

/**
 * The server's address and key: `OPS_CENTER_API_URL` / `OPS_CENTER_API_KEY`, else the config keys
 * `ops_center_api_url` / `ops_center_api_key`, else `http://localhost:8000`. An empty value counts as none.
 *
 * @throws ApiConfigurationError `api_config_invalid` when a config key is not a text.
 * @example
 * const resolve = () => resolveApiOptions({ env: process.env, config })
 * const api = createApiClient({ url: () => resolve().url, apiKey: () => resolve().apiKey })
 */
export function resolveApiOptions(sources: ApiOptionSources): ResolvedApiOptions {
  return {
    url: find(sources, 'OPS_CENTER_API_URL', 'ops_center_api_url') ?? DEFAULT_API_URL,
    apiKey: find(sources, 'OPS_CENTER_API_KEY', 'ops_center_api_key'),
  }
}

function find(sources: ApiOptionSources, variable: string, key: string): string | undefined {
  const fromEnvironment = sources.env?.[variable]
  if (fromEnvironment !== undefined && fromEnvironment.trim() !== '') return fromEnvironment
  const fromConfig = sources.config?.get(key)
  if (fromConfig === undefined || fromConfig === null) return undefined
  if (typeof fromConfig === 'string') return fromConfig.trim() === '' ? undefined : fromConfig
  throw new ApiConfigurationError(
    'api_config_invalid',
    `The config key ${key} is a ${typeof fromConfig}: expected a text; put it in quotes in config.yaml`,
    { method: '', path: '' },
  )
}
