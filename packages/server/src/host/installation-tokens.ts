import { randomBytes } from 'node:crypto'
import { IMPLICIT_PERMISSIONS } from '@ops-center/plugin-sdk/protocol'
import type { InstallationTokens, Principal } from '../auth/principal.js'
import type { Installation } from './installation.js'

/**
 * Tokens of the plugins this node runs. They live as long as a plugin's process and only in memory: there is
 * nothing to steal from the database, and one that outlives its process opens nothing.
 */
export class LiveTokens implements InstallationTokens {
  readonly #principals = new Map<string, Principal>()

  issue(installation: Installation): string {
    const token = `oci_${randomBytes(32).toString('base64url')}`
    this.#principals.set(token, {
      kind: 'installation',
      id: installation.id,
      organization_id: installation.organization_id,
      plugin_id: installation.plugin_id,
      permissions: new Set([...installation.permissions, ...IMPLICIT_PERMISSIONS]),
      label: `plugin:${installation.plugin_id}`,
    })
    return token
  }

  revoke(token: string): void {
    this.#principals.delete(token)
  }

  async resolve(token: string): Promise<Principal | undefined> {
    return this.#principals.get(token)
  }
}
