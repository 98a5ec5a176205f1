import { CliError } from '../cli-error.js'

/** Where a plugin is that runs somewhere else, as the platform takes it; without `url`, where it was or its manifest says. */
export interface RemoteAddress {
  readonly url?: string
  readonly secret: string
}

/**
 * The secret comes from the environment: a command line is kept in histories, and shown to who lists processes.
 *
 * @param what What needs it, for the message.
 * @throws CliError without `OPS_PLUGIN_SECRET`.
 */
export function remoteAddress(url: string | undefined, what: string): RemoteAddress {
  const secret = process.env.OPS_PLUGIN_SECRET
  if (!secret) {
    throw new CliError('remote_secret_missing', `${what} needs the secret that the plugin was started with`, {
      fix: 'Set OPS_PLUGIN_SECRET to the same value',
    })
  }
  return { secret, ...(url === undefined ? {} : { url }) }
}
