import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { Database } from '../../database/client.js'
import { storable } from '../../http/storable.js'
import type { FilterSubscription } from '../subscriptions.js'

/** What became of one filter handler of an installation, counted on every node. */
export interface FilterRecord {
  filter: string
  handler: string
  asked: number
  skipped: number
  last_skipped_at: Date | null
  last_error: string | null
}

interface Count extends FilterRecord {
  installation_id: string
}

const FLUSH_MS = 500
const MAX_ERROR = 2_000

/** How often filters were asked and skipped: one row for each handler, so that no number of failures fills the database. */
export class FilterRecords {
  readonly #database: Database
  readonly #logger: Logger
  #waiting = new Map<string, Count>()
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor(database: Database, logger: Logger) {
    this.#database = database
    this.#logger = logger
  }

  /** @param error Why the filter was skipped, if it was. */
  add({ installation, handler }: FilterSubscription, filter: string, error?: string): void {
    const key = JSON.stringify([installation.id, filter, handler])
    const none = { asked: 0, skipped: 0, last_skipped_at: null, last_error: null }
    const count: Count = this.#waiting.get(key) ?? {
      installation_id: installation.id,
      filter,
      handler,
      ...none,
    }
    count.asked += 1
    if (error !== undefined) {
      count.skipped += 1
      count.last_skipped_at = new Date()
      count.last_error = storable(error.slice(0, MAX_ERROR))
    }
    this.#waiting.set(key, count)
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref()
  }

  async list(installationId: string): Promise<FilterRecord[]> {
    await this.flush()
    const rows = await this.#database.kysely
      .selectFrom('plugin_filter_records')
      .select(['filter', 'handler', 'asked', 'skipped', 'last_skipped_at', 'last_error'])
      .where('installation_id', '=', installationId)
      .execute()
    return rows.map((row) => ({ ...row, asked: Number(row.asked), skipped: Number(row.skipped) }))
  }

  /** Writes what waits. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#flushing = this.#flushing
      .then(() => this.#write())
      .catch((error) => this.#logger.error({ err: error }, 'Records of filters could not be written'))
    return this.#flushing
  }

  async #write(): Promise<void> {
    const counts = [...this.#waiting.values()]
    this.#waiting = new Map()
    for (const { installation_id, filter, handler, asked, skipped, last_skipped_at, last_error } of counts) {
      // One that was uninstalled meanwhile has no place any more.
      await sql`
        insert into plugin_filter_records as known
          (installation_id, filter, handler, asked, skipped, last_skipped_at, last_error)
        select id, ${filter}::text, ${handler}::text, ${asked}::bigint, ${skipped}::bigint,
          ${last_skipped_at}::timestamptz, ${last_error}::text
        from installations where id = ${installation_id}
        on conflict (installation_id, filter, handler) do update set
          asked = known.asked + excluded.asked,
          skipped = known.skipped + excluded.skipped,
          last_skipped_at = coalesce(excluded.last_skipped_at, known.last_skipped_at),
          last_error = coalesce(excluded.last_error, known.last_error)
      `.execute(this.#database.kysely)
    }
  }
}
