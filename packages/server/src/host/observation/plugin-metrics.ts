import { Gauge } from 'prom-client'
import type { ServerMetrics } from '../../http/server-metrics.js'
import { DurationHistogram } from '../../metrics/duration-histogram.js'
import { type CountSeries, SeriesCounter } from '../../metrics/series-counter.js'
import type { LogLevelName } from './plugin-logs.js'

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]
/** With an outcome, a status or a level the only labels: no event, route or caller can make series. */
const WHOSE = ['plugin', 'organization']

/** Whose figures they are. */
export interface MeasuredInstallation {
  plugin_id: string
  organization_id: string
}

/** What is known of an enabled plugin when the metrics are read. */
export interface RunningFigures {
  installation: MeasuredInstallation
  isUp: boolean
  /** Resident bytes, where that can be told. */
  memory: number | undefined
}

/** Counts what one installation does. Times are milliseconds. */
export interface InstallationMetrics {
  /** One event; the outcome is the status of its delivery. */
  delivered(outcome: string, duration: number): void
  filtered(outcome: 'applied' | 'skipped', duration: number): void
  ranTask(outcome: 'succeeded' | 'failed' | 'interrupted' | 'cancelled', duration: number): void
  /** One request to a route, until its answer began. */
  proxied(status: number, duration: number): void
  /** Returns what to call once it is closed. */
  openedSocket(): () => void
  restarted(): void
}

/** What Prometheus reads of the plugins on this node. */
export class PluginMetrics {
  readonly #durations
  readonly #deliveries
  readonly #filters
  readonly #tasks
  readonly #requests
  readonly #sockets
  readonly #socketsOpen
  readonly #restarts
  readonly #lines
  readonly #dropped
  readonly #metrics: ServerMetrics

  constructor(metrics: ServerMetrics) {
    this.#metrics = metrics
    const registry = metrics.guarded
    const counter = (name: string, help: string, ...labels: string[]) =>
      new SeriesCounter({ name: `ops_center_plugin_${name}`, help, labels: [...WHOSE, ...labels], registry })
    this.#durations = new DurationHistogram({
      name: 'ops_center_plugin_call_duration_seconds',
      help: 'Time a plugin took: for one event (delivery), a filter, a run of a task, or until a route answered (request)',
      labels: [...WHOSE, 'kind'],
      buckets: SECONDS,
      registry,
    })
    this.#deliveries = counter('deliveries_total', 'Events that were handed to the plugin', 'outcome')
    this.#filters = counter(
      'filter_calls_total',
      'Filters that were asked, and applied or skipped',
      'outcome',
    )
    this.#tasks = counter('task_runs_total', 'Runs of tasks', 'outcome')
    this.#requests = counter('requests_total', 'Requests to its routes', 'status')
    this.#sockets = counter('websockets_total', 'WebSockets that were opened')
    this.#socketsOpen = new Gauge({
      name: 'ops_center_plugin_websockets_open',
      help: 'WebSockets that are open now',
      labelNames: WHOSE,
      registers: [registry],
    })
    this.#restarts = counter('restarts_total', 'Times it was started again after it had ended by itself')
    this.#lines = counter('log_lines_total', 'Lines of its log', 'level')
    this.#dropped = counter('log_lines_dropped_total', 'Lines of its log that were too many, and dropped')
  }

  of(installation: MeasuredInstallation): InstallationMetrics {
    const whose = [installation.plugin_id, installation.organization_id]
    const took = this.#durations.series.within(...whose)
    const deliveries = this.#deliveries.series.within(...whose)
    const filters = this.#filters.series.within(...whose)
    const tasks = this.#tasks.series.within(...whose)
    const requests = this.#requests.series.within(...whose)
    return {
      delivered: (outcome, duration) => {
        deliveries(outcome).add()
        took('delivery').observe(duration)
      },
      filtered: (outcome, duration) => {
        filters(outcome).add()
        took('filter').observe(duration)
      },
      ranTask: (outcome, duration) => {
        tasks(outcome).add()
        took('task').observe(duration)
      },
      proxied: (status, duration) => {
        requests(String(status)).add()
        took('request').observe(duration)
      },
      openedSocket: () => {
        countFor(this.#sockets, installation).add()
        const labels = labelsOf(installation)
        this.#socketsOpen.inc(labels)
        return () => this.#socketsOpen.dec(labels)
      },
      restarted: () => countFor(this.#restarts, installation).add(),
    }
  }

  logged({ plugin_id, organization_id }: MeasuredInstallation, level: LogLevelName): void {
    this.#lines.series.within(plugin_id, organization_id)(level).add()
  }

  dropped(installation: MeasuredInstallation, lines: number): void {
    countFor(this.#dropped, installation).add(lines)
  }

  /** Asks what runs here each time the metrics are read. */
  watch(running: () => Promise<RunningFigures[]>): void {
    const gauge = (name: string, help: string) =>
      new Gauge({
        name: `ops_center_plugin_${name}`,
        help,
        labelNames: WHOSE,
        registers: [this.#metrics.guarded],
      })
    const up = gauge('up', 'Whether a plugin that is enabled runs on this node')
    const memory = gauge(
      'memory_bytes',
      'Resident memory (RSS) of the plugin, where it has a process of its own; what it shares with others is counted in each',
    )
    this.#metrics.beforeRead(async () => {
      const figures = await running()
      up.reset()
      memory.reset()
      for (const { installation, isUp, memory: bytes } of figures) {
        up.set(labelsOf(installation), isUp ? 1 : 0)
        if (bytes !== undefined) memory.set(labelsOf(installation), bytes)
      }
    })
  }
}

function labelsOf({ plugin_id, organization_id }: MeasuredInstallation) {
  return { plugin: plugin_id, organization: organization_id }
}

function countFor(
  { series }: SeriesCounter,
  { plugin_id, organization_id }: MeasuredInstallation,
): CountSeries {
  return series.within(plugin_id)(organization_id)
}
