import { OpsError } from '../errors.js'
import { readHostContext } from './host-context.js'
import { findInProcessHost, type InProcessHost } from './in-process-host.js'
import type { HostContext, RemoteContext } from './messages.js'

/** Name of the environment variable that makes a plugin a remote one: the secret it shares with its host. */
export const REMOTE_SECRET_VARIABLE = 'OPS_PLUGIN_SECRET'

/** Shorter ones could be guessed. */
export const MIN_SECRET_LENGTH = 24

type Environment = Readonly<Record<string, string | undefined>>

/**
 * What a plugin knows of its host: everything from its start on, or, for a remote plugin, the shared secret alone until
 * the host calls.
 */
export class HostLink {
  readonly #remoteSecret: string | undefined
  /** Set when the plugin runs inside its host's process. */
  readonly inProcess: InProcessHost | undefined
  #context: HostContext | undefined

  /** @throws OpsError `host_context_invalid`, `remote_secret_invalid` when the environment holds something else. */
  constructor(env: Environment = process.env) {
    this.inProcess = findInProcessHost()
    this.#context = this.inProcess?.context ?? readHostContext(env)
    this.#remoteSecret = this.#context ? undefined : readRemoteSecret(env)
  }

  get context(): HostContext | undefined {
    return this.#context
  }

  /** Whether a host may call from elsewhere. */
  get isRemote(): boolean {
    return this.#remoteSecret !== undefined
  }

  /** Whether there is a host, or will be. */
  get isHosted(): boolean {
    return this.#context !== undefined || this.isRemote
  }

  /** What the host proves itself with. */
  get secret(): string | undefined {
    return this.#remoteSecret ?? this.#context?.secret
  }

  /** Takes the context of whoever created the app. */
  replace(context: HostContext): void {
    this.#context = context
  }

  /** Takes what a remote plugin's host sent; whether the plugin was not this installation before. */
  adopt(context: RemoteContext): boolean {
    if (this.#remoteSecret === undefined) return true
    const { plugin_id, organization_id } = this.#context ?? {}
    this.#context = { ...context, secret: this.#remoteSecret }
    return plugin_id !== context.plugin_id || organization_id !== context.organization_id
  }
}

function readRemoteSecret(env: Environment): string | undefined {
  const secret = env[REMOTE_SECRET_VARIABLE]?.trim()
  if (secret === undefined || secret === '') return undefined
  if (secret.length >= MIN_SECRET_LENGTH) return secret
  throw new OpsError(
    'remote_secret_invalid',
    `${REMOTE_SECRET_VARIABLE} has ${secret.length} characters, expected at least ${MIN_SECRET_LENGTH}: make one with "openssl rand -base64 32"`,
  )
}
