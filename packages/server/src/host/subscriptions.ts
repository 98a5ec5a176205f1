import {
  matchesEventPattern,
  PLATFORM_FILTERS,
  type PlatformFilter,
  permissionToHear,
} from '@ops-center/plugin-sdk/protocol'
import type { Database } from '../database/client.js'
import type { StoredInstallation } from './installations/installation.js'
import { listInstallations } from './installations/installation-repository.js'

/** One filter handler of one installation. */
export interface FilterSubscription {
  installation: StoredInstallation
  handler: string
  priority: number
}

/** Tells every node that installations changed. */
export const INSTALLATIONS_CHANNEL = 'ops_center_installations'

/** Who hears which events and is asked for which filters: the enabled installations, kept in memory. */
export class Subscriptions {
  readonly #database: Database
  #byOrganization = new Map<string, StoredInstallation[]>()
  #reading: Promise<void> = Promise.resolve()

  constructor(database: Database) {
    this.#database = database
  }

  /** Reads the installations again; answers when what it knows is at least as new as the call. */
  refresh(): Promise<void> {
    const next = this.#reading.then(() => this.#read())
    this.#reading = next.catch(() => undefined)
    return next
  }

  /** The installations that an event of an organization reaches. */
  hearers(organizationId: string, event: string): StoredInstallation[] {
    const needed = permissionToHear(event)
    return this.#of(organizationId).filter(
      ({ permissions, registrations }) =>
        (needed === undefined || permissions.includes(needed)) &&
        registrations.hooks.some((hook) => matchesEventPattern(hook.event, event)),
    )
  }

  /** The handlers of a filter, in the order they are asked: lower priority first, then the older installation. */
  filters(organizationId: string, filter: PlatformFilter): FilterSubscription[] {
    return this.#of(organizationId)
      .filter(({ permissions }) => permissions.includes(PLATFORM_FILTERS[filter]))
      .flatMap((installation) =>
        installation.registrations.filters
          .filter((entry) => entry.filter === filter)
          .map(({ handler, priority }) => ({ installation, handler, priority })),
      )
      .toSorted((a, b) => a.priority - b.priority)
  }

  #of(organizationId: string): readonly StoredInstallation[] {
    return this.#byOrganization.get(organizationId) ?? []
  }

  async #read(): Promise<void> {
    const byOrganization = new Map<string, StoredInstallation[]>()
    for (const installation of await listInstallations(this.#database.kysely)) {
      if (!installation.enabled) continue
      const others = byOrganization.get(installation.organization_id) ?? []
      byOrganization.set(installation.organization_id, [...others, installation])
    }
    this.#byOrganization = byOrganization
  }
}
