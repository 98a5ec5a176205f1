import type { Logger } from 'pino'
import type { Database } from '../../database/client.js'
import { storable } from '../../http/storable.js'
import type { MeasuredInstallation, PluginMetrics } from './plugin-metrics.js'

/** One line that a plugin wrote. */
export interface PluginLogLine {
  id: string
  time: string
  level: LogLevelName
  message: string
  fields: Record<string, unknown>
}

export interface LogQuery {
  /** Most lines, the newest. */
  lines: number
  /** This level and those above it. */
  level?: LogLevelName | undefined
  /** Only lines written after the one of this id. */
  after?: string | undefined
}

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const
export type LogLevelName = (typeof LOG_LEVELS)[number]

interface NewLine {
  installation_id: string
  time: Date
  level: LogLevelName
  message: string
  fields: string
}

const FLUSH_MS = 100
/** A line is of now: PostgreSQL refuses a time far off, and all the lines that are written with it. */
const LARGEST_TIME_MS = Date.UTC(9999, 11, 31)
/** Lines kept for each installation. */
const KEPT_LINES = 10_000
/** Lines of one installation that are taken in one second; a flood beyond is counted and dropped. */
const LINES_PER_SECOND = 500

/** What plugins write, taken from their output and kept in the database. */
export class PluginLogs {
  readonly #database: Database
  readonly #logger: Logger
  readonly #metrics: PluginMetrics
  readonly #dropped = new Map<string, number>()
  readonly #floods = new Map<string, { lines: number }>()
  #waiting: NewLine[] = []
  #written = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor(database: Database, logger: Logger, metrics: PluginMetrics) {
    this.#database = database
    this.#logger = logger
    this.#metrics = metrics
  }

  /** Takes a line of output: JSON of the SDK's logger, or anything else that a plugin prints. */
  capture(installationId: string, text: string, stream: 'stdout' | 'stderr'): void {
    if (this.#isFlood(installationId)) return
    this.#add({ installation_id: installationId, ...parseLine(text, stream) })
  }

  /** A line of the host about a plugin, among the plugin's own. */
  note(installationId: string, level: LogLevelName, message: string): void {
    this.#add({
      installation_id: installationId,
      time: new Date(),
      level,
      message,
      fields: '{"logger":"ops_center.host"}',
    })
  }

  /** Lines in the order they were written. */
  async read(installationId: string, { lines, level, after }: LogQuery): Promise<PluginLogLine[]> {
    await this.flush()
    const levels = level ? LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)) : undefined
    const rows = await this.#database.kysely
      .selectFrom('plugin_logs')
      .select(['id', 'time', 'level', 'message', 'fields'])
      .where('installation_id', '=', installationId)
      .$if(levels !== undefined, (query) => query.where('level', 'in', levels ?? []))
      .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
      .orderBy('id', 'desc')
      .limit(lines)
      .execute()
    return rows.toReversed().map((row) => ({ ...row, time: row.time.toISOString() }))
  }

  /** Writes what waits. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#flushing = this.#flushing
      .then(() => this.#write())
      .catch((error) => this.#logger.error({ err: error }, 'Plugin logs could not be written'))
    return this.#flushing
  }

  #add(line: NewLine): void {
    this.#waiting.push(line)
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref()
  }

  #isFlood(installationId: string): boolean {
    const flood = this.#floods.get(installationId) ?? this.#startCounting(installationId)
    flood.lines += 1
    return flood.lines > LINES_PER_SECOND
  }

  /** Counts the lines of one second, and says at its end how many were dropped. */
  #startCounting(installationId: string): { lines: number } {
    const flood = { lines: 0 }
    this.#floods.set(installationId, flood)
    setTimeout(() => {
      this.#floods.delete(installationId)
      const dropped = flood.lines - LINES_PER_SECOND
      if (dropped > 0) {
        const words = `${dropped} lines were dropped: more than ${LINES_PER_SECOND} in one second`
        this.#dropped.set(installationId, (this.#dropped.get(installationId) ?? 0) + dropped)
        this.note(installationId, 'warning', words)
      }
    }, 1_000).unref()
    return flood
  }

  async #write(): Promise<void> {
    const lines = this.#waiting
    this.#waiting = []
    if (lines.length === 0) return
    const known = await this.#knownInstallations(lines)
    this.#count(lines, known)
    for (let start = 0; start < lines.length; start += 1_000) {
      const part = lines
        .slice(start, start + 1_000)
        .filter(({ installation_id }) => known.has(installation_id))
      if (part.length > 0) await this.#database.kysely.insertInto('plugin_logs').values(part).execute()
    }
    this.#written += lines.length
    if (this.#written >= KEPT_LINES) await this.#prune([...known.keys()])
  }

  /** The last words of a plugin that was just uninstalled have no place any more. */
  async #knownInstallations(lines: readonly NewLine[]): Promise<Map<string, MeasuredInstallation>> {
    const ids = [...new Set(lines.map(({ installation_id }) => installation_id))]
    const rows = await this.#database.kysely
      .selectFrom('installations')
      .select(['id', 'plugin_id', 'organization_id'])
      .where('id', 'in', ids)
      .execute()
    return new Map(rows.map((row) => [row.id, row]))
  }

  #count(lines: readonly NewLine[], known: ReadonlyMap<string, MeasuredInstallation>): void {
    for (const { installation_id, level } of lines) {
      const installation = known.get(installation_id)
      if (installation) this.#metrics.logged(installation, level)
    }
    for (const [id, count] of this.#dropped) {
      const installation = known.get(id)
      if (installation) this.#metrics.dropped(installation, count)
    }
    this.#dropped.clear()
  }

  async #prune(installations: readonly string[]): Promise<void> {
    this.#written = 0
    for (const id of installations) {
      await this.#database.kysely
        .deleteFrom('plugin_logs')
        .where('installation_id', '=', id)
        .where('id', '<=', (query) =>
          query
            .selectFrom('plugin_logs')
            .select('id')
            .where('installation_id', '=', id)
            .orderBy('id', 'desc')
            .offset(KEPT_LINES)
            .limit(1),
        )
        .execute()
    }
  }
}

function parseLine(text: string, stream: 'stdout' | 'stderr'): Omit<NewLine, 'installation_id'> {
  const line = parseObject(text)
  const { time, level, message, ...fields } = line ?? {}
  const written = new Date(typeof time === 'string' ? time : Number.NaN)
  return {
    time: isPlausible(written) ? written : new Date(),
    level: LOG_LEVELS.find((name) => name === level) ?? (stream === 'stderr' ? 'error' : 'info'),
    message: storable(typeof message === 'string' ? message : text),
    fields: JSON.stringify(line ? fields : { stream }),
  }
}

/** Not of a date that is none, either. */
function isPlausible(time: Date): boolean {
  return time.getTime() >= 0 && time.getTime() <= LARGEST_TIME_MS
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
