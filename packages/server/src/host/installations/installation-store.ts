import { randomUUID } from 'node:crypto'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import type { Transaction, Updateable } from 'kysely'
import { type Database, executeSqlIn } from '../../database/client.js'
import type { Schema } from '../../database/schema.js'
import type { EventPublisher } from '../../events/event-publisher.js'
import { notFound } from '../../http/http-problem.js'
import { storable } from '../../http/storable.js'
import type { Jobs } from '../../jobs/jobs.js'
import { type RemoteAddress, remoteAddressSchema } from '../runtimes/remote-address.js'
import type { InstallationsTable } from '../schema.js'
import { INSTALLATIONS_CHANNEL, type Subscriptions } from '../subscriptions.js'
import type { ConfigSecrets } from './config-secrets.js'
import { deliveryQueue, type Installation, type StoredInstallation, taskQueue } from './installation.js'
import {
  findInstallation,
  findInstallationById,
  listInstallations,
  updateInstallation,
} from './installation-repository.js'

/** What happened to an installation, as an event. */
export type InstallationEvent =
  `plugin.${'installed' | 'enabled' | 'disabled' | 'updated' | 'uninstalled' | 'failed'}`

export interface StoreOptions {
  database: Database
  jobs: Jobs
  events: EventPublisher
  subscriptions: Subscriptions
  secrets: ConfigSecrets
}

/** Columns to change; the configuration and the address as they are, not sealed. */
export type InstallationChanges = Omit<Updateable<InstallationsTable>, 'config' | 'remote'> & {
  config?: Record<string, unknown>
  remote?: RemoteAddress
}

/** What an installation begins with. */
export interface NewInstallation {
  permissions: string[]
  config: Record<string, unknown>
  remote: RemoteAddress | null
}

/** The rows of installations: each change leaves with its event, and every node learns of it. */
export class InstallationStore {
  readonly #options: StoreOptions

  constructor(options: StoreOptions) {
    this.#options = options
  }

  async find(organizationId: string, pluginId: string): Promise<Installation | undefined> {
    const found = await findInstallation(this.#options.database.kysely, organizationId, pluginId)
    return found && this.#opened(found)
  }

  /** @throws HttpProblem 404 */
  async get(organizationId: string, pluginId: string): Promise<Installation> {
    const installation = await this.find(organizationId, pluginId)
    if (!installation) throw notFound('installation of plugin', pluginId)
    return installation
  }

  /** @throws HttpProblem 404 */
  async reread(id: string): Promise<Installation> {
    const installation = await this.findById(id)
    if (!installation) throw notFound('installation', id)
    return installation
  }

  async findById(id: string): Promise<Installation | undefined> {
    const found = await findInstallationById(this.#options.database.kysely, id)
    return found && this.#opened(found)
  }

  async list(organizationId?: string): Promise<Installation[]> {
    const found = await listInstallations(this.#options.database.kysely, organizationId)
    return found.map((installation) => this.#opened(installation))
  }

  /** A row in state `installing`, together with its queues. */
  async create(
    organizationId: string,
    manifest: Manifest,
    { permissions, config, remote }: NewInstallation,
  ): Promise<Installation> {
    const { jobs, secrets } = this.#options
    const id = randomUUID()
    const created = await jobs.createQueues([deliveryQueue(id), taskQueue(id)], async (trx) => {
      // Another node waits for its turn then, and ends this one's work when it dies.
      await tellNodes(trx, id)
      return trx
        .insertInto('installations')
        .values({
          id,
          organization_id: organizationId,
          plugin_id: manifest.id,
          version: manifest.version,
          state: 'installing',
          reason: null,
          enabled: false,
          permissions: JSON.stringify(permissions),
          config: secrets.seal(config),
          remote: remote && secrets.seal({ ...remote }),
          registrations: JSON.stringify({ hooks: [], filters: [], routes: [], tasks: [] }),
        })
        .returningAll()
        .executeTakeFirstOrThrow()
    })
    return this.#opened(created)
  }

  async change(
    { id }: Installation,
    { config, remote, ...others }: InstallationChanges,
    event?: InstallationEvent,
  ): Promise<Installation> {
    const { database, secrets } = this.#options
    const changes = {
      ...others,
      ...(others.reason ? { reason: storable(others.reason) } : {}),
      ...(config ? { config: secrets.seal(config) } : {}),
      ...(remote ? { remote: secrets.seal({ ...remote }) } : {}),
    }
    const changed = await database.kysely.transaction().execute(async (trx) => {
      const row = await updateInstallation(trx, id, changes)
      if (event) await this.#publish(trx, row, event)
      await tellNodes(trx, id)
      return row
    })
    await this.#refresh()
    return this.#opened(changed)
  }

  /** Forgets an installation with everything that belongs to it. */
  async remove(installation: Installation, event?: InstallationEvent): Promise<void> {
    const { database, jobs } = this.#options
    await database.kysely.transaction().execute(async (trx) => {
      if (event) await this.#publish(trx, installation, event)
      await trx.deleteFrom('installations').where('id', '=', installation.id).execute()
      await tellNodes(trx, installation.id)
    })
    await this.#refresh()
    // Not in the transaction: it would keep everybody from every queue until it is done. See `sweepQueues`.
    for (const queue of [deliveryQueue(installation.id), taskQueue(installation.id)])
      await jobs.deleteQueue(queue)
  }

  /** The change is made by now: where this fails, what every node was told makes this one try again and say so. */
  async #refresh(): Promise<void> {
    await this.#options.subscriptions.refresh().catch(() => undefined)
  }

  #opened(stored: StoredInstallation): Installation {
    const { secrets } = this.#options
    const { remote } = stored
    return {
      ...stored,
      config: secrets.unseal(stored.config),
      remote: remote === null ? null : remoteAddressSchema.parse(secrets.unseal(remote)),
    }
  }

  #publish(
    trx: Transaction<Schema>,
    { organization_id, plugin_id, version }: Pick<Installation, 'organization_id' | 'plugin_id' | 'version'>,
    name: InstallationEvent,
  ): Promise<void> {
    return this.#options.events.publish(trx, { organization_id, name, payload: { plugin_id, version } })
  }
}

/** With the change, or not at all: a server that is killed in between would leave the others with what was before. */
async function tellNodes(trx: Transaction<Schema>, id: string): Promise<void> {
  await executeSqlIn(trx)('select pg_notify($1, $2)', [INSTALLATIONS_CHANNEL, id])
}
