import { CliError } from '../cli-error.js'

/** A plugin as the command line names it: `weather-monitor` or `weather-monitor@1.2.0`. */
export interface PluginReference {
  readonly id: string
  readonly version: string | undefined
}

const REFERENCE = /^([a-z0-9][a-z0-9-]{0,99})(?:@([0-9A-Za-z.+-]{1,128}))?$/

/** @throws CliError for anything else. */
export function parsePluginReference(text: string): PluginReference {
  const [, id, version] = REFERENCE.exec(text) ?? []
  if (id === undefined) {
    throw new CliError('id_invalid', `${JSON.stringify(text)} does not name a plugin`, {
      fix: 'Write its id, or id@version: weather-monitor@1.2.0',
    })
  }
  return { id, version: version === 'latest' ? undefined : version }
}

/** The id of a plugin where a version makes no sense. */
export function parsePluginId(text: string): string {
  const { id, version } = parsePluginReference(text)
  if (version === undefined) return id
  throw new CliError(
    'version_unexpected',
    `${JSON.stringify(text)} names a version, which means nothing here`,
    {
      fix: `Write ${id}`,
    },
  )
}
