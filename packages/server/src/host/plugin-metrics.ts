import { Counter, Gauge, Histogram } from 'prom-client'
import type { ServerMetrics } from '../http/server-metrics.js'
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
    const registers = [metrics.guarded]
    const counter = (name: string, help: string, ...labels: string[]) =>
      new Counter({ name: `ops_center_plugin_${name}`, help, labelNames: [...WHOSE, ...labels], registers })
    this.#durations = new Histogram({
      name: 'ops_center_plugin_call_duration_seconds',
      help: 'Time a plugin took: for one event (delivery), a filter, a run of a task, or until a route answered (request)',
      labelNames: [...WHOSE, 'kind'],
      buckets: SECONDS,
      registers,
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
      registers,
    })
    this.#restarts = counter('restarts_total', 'Times it was started again after it had ended by itself')
    this.#lines = counter('log_lines_total', 'Lines of its log', 'level')
    this.#dropped = counter('log_lines_dropped_total', 'Lines of its log that were too many, and dropped')
  }

  of(installation: MeasuredInstallation): InstallationMetrics {
    const whose = labelsOf(installation)
    const took = (kind: string, duration: number) =>
      this.#durations.observe({ ...whose, kind }, duration / 1_000)
    return {
      delivered: (outcome, duration) => {
        this.#deliveries.inc({ ...whose, outcome })
        took('delivery', duration)
      },
      filtered: (outcome, duration) => {
        this.#filters.inc({ ...whose, outcome })
        took('filter', duration)
      },
      ranTask: (outcome, duration) => {
        this.#tasks.inc({ ...whose, outcome })
        took('task', duration)
      },
      proxied: (status, duration) => {
        this.#requests.inc({ ...whose, status })
        took('request', duration)
      },
      openedSocket: () => {
        this.#sockets.inc(whose)
        this.#socketsOpen.inc(whose)
        return () => this.#socketsOpen.dec(whose)
      },
      restarted: () => this.#restarts.inc(whose),
    }
  }

  logged(installation: MeasuredInstallation, level: LogLevelName): void {
    this.#lines.inc({ ...labelsOf(installation), level })
  }

  dropped(installation: MeasuredInstallation, lines: number): void {
    this.#dropped.inc(labelsOf(installation), lines)
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
    const memory = gauge('memory_bytes', 'Resident memory of the plugin, where it has a process of its own')
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
