import type { Selectable } from 'kysely'
import type { RemoteAddress } from '../runtimes/remote-address.js'
import type { InstallationsTable } from '../schema.js'

/** An installation as it is stored, its secrets sealed. */
export type StoredInstallation = Selectable<InstallationsTable>

/** One plugin version installed for one organization. */
export interface Installation extends Omit<StoredInstallation, 'config' | 'remote'> {
  config: Record<string, unknown>
  /** Where the plugin runs; null on the platform. */
  remote: RemoteAddress | null
}

/** The queue that holds an installation's deliveries: one each, so that a slow plugin delays nobody else. */
export function deliveryQueue(installationId: string): string {
  return `deliveries-${installationId}`
}

/** The queue that holds the next runs of an installation's tasks. */
export function taskQueue(installationId: string): string {
  return `tasks-${installationId}`
}

/** Whose work a span is. */
export function spanAttributes({
  plugin_id,
  organization_id,
}: Pick<StoredInstallation, 'plugin_id' | 'organization_id'>) {
  return { 'ops.plugin': plugin_id, 'ops.organization': organization_id }
}

/** An installation as the API shows it; `whyDown` when it is enabled and nothing of it runs at the moment. */
export function presentInstallation(installation: Installation, whyDown?: string) {
  const {
    id,
    plugin_id,
    version,
    previous_version,
    state,
    reason,
    enabled,
    permissions,
    installed_at,
    updated_at,
  } = installation
  return {
    id,
    plugin_id,
    version,
    previous_version,
    state,
    reason: reason ?? whyDown ?? null,
    enabled,
    permissions,
    remote_url: installation.remote?.url ?? null,
    organization_id: installation.organization_id,
    installed_at: installed_at.toISOString(),
    updated_at: updated_at.toISOString(),
  }
}
