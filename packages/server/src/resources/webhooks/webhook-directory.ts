import { matchesEventPattern } from '@ops-center/plugin-sdk/protocol'
import type { Database } from '../../database/client.js'

const CHANNEL = 'ops_center_webhooks'

/** A webhook as far as events need to know it. */
export interface ListeningWebhook {
  organization_id: string
  id: string
  events: readonly string[]
}

/** The active webhooks of every organization, kept in memory and in line with what any node changes. */
export class WebhookDirectory {
  readonly #database: Database
  #byOrganization = new Map<string, ListeningWebhook[]>()
  #reading: Promise<void> = Promise.resolve()
  #unlisten: () => Promise<void> = async () => undefined

  private constructor(database: Database) {
    this.#database = database
  }

  static async open(database: Database, onError: (error: unknown) => void): Promise<WebhookDirectory> {
    const directory = new WebhookDirectory(database)
    directory.#unlisten = await database.listen(CHANNEL, () => void directory.#refresh().catch(onError))
    await directory.#refresh()
    return directory
  }

  /** The webhooks that an event of an organization is sent to. */
  hearers(organizationId: string, event: string): ListeningWebhook[] {
    const webhooks = this.#byOrganization.get(organizationId) ?? []
    return webhooks.filter(({ events }) => events.some((pattern) => matchesEventPattern(pattern, event)))
  }

  /** After a change: this node knows of it when this resolves, the others soon. */
  async changed(): Promise<void> {
    await this.#refresh()
    await this.#database.notify(CHANNEL, '')
  }

  async close(): Promise<void> {
    await this.#unlisten()
    await this.#reading
  }

  #refresh(): Promise<void> {
    const next = this.#reading.then(() => this.#read())
    this.#reading = next.catch(() => undefined)
    return next
  }

  async #read(): Promise<void> {
    const rows = await this.#database.kysely
      .selectFrom('webhooks')
      .select(['organization_id', 'id', 'events'])
      .where('status', '=', 'active')
      .execute()
    const byOrganization = new Map<string, ListeningWebhook[]>()
    for (const row of rows) {
      const others = byOrganization.get(row.organization_id)
      if (others) others.push(row)
      else byOrganization.set(row.organization_id, [row])
    }
    this.#byOrganization = byOrganization
  }
}
