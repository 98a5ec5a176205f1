import { randomBytes } from 'node:crypto'
import { IMPLICIT_PERMISSIONS } from '@ops-center/plugin-sdk/protocol'
import type { InstallationTokens, Principal } from '../../auth/principal.js'
import type { Installation } from './installation.js'

/** A token that opens what its installation was granted, until it is revoked. */
export interface IssuedToken {
  readonly token: string
  revoke(): void
}

/**
 * Tokens of the plugins this node runs. They live as long as a plugin's process, or the link with a remote plugin, and
 * only in memory: there is nothing to steal from the database, and one that outlives its plugin opens nothing.
 */
export class LiveTokens implements InstallationTokens {
  /** While one start of a remote plugin takes the place of another, a token has two; the latest counts. */
  readonly #principals = new Map<string, Principal[]>()

  /** @param secret What the token is made of when it is not a new one: every node must make the same. */
  issue(installation: Installation, secret: string = randomBytes(32).toString('base64url')): IssuedToken {
    const token = `oci_${secret}`
    const principal: Principal = {
      kind: 'installation',
      id: installation.id,
      organization_id: installation.organization_id,
      plugin_id: installation.plugin_id,
      permissions: new Set([...installation.permissions, ...IMPLICIT_PERMISSIONS]),
      label: `plugin:${installation.plugin_id}`,
    }
    this.#principals.set(token, [...(this.#principals.get(token) ?? []), principal])
    return { token, revoke: () => this.#revoke(token, principal) }
  }

  async resolve(token: string): Promise<Principal | undefined> {
    return this.#principals.get(token)?.at(-1)
  }

  #revoke(token: string, principal: Principal): void {
    const rest = this.#principals.get(token)?.filter((other) => other !== principal) ?? []
    if (rest.length > 0) this.#principals.set(token, rest)
    else this.#principals.delete(token)
  }
}
