import type { MachineReading } from '../machine-reader.js'
import type { SessionState } from '../session-state.js'

/** One metric as a row of the view. */
export interface ReadingRow {
  readonly label: string
  readonly metric: keyof MachineReading
  readonly values: readonly (number | undefined)[]
  /** The latest value with its unit. */
  readonly text: string
  /** The value that fills the chart. */
  readonly max: number
}

/** What the machine measured, metric by metric. */
export function readingRows({ history, cpus }: Pick<SessionState, 'history' | 'cpus'>): ReadingRow[] {
  const loads = history.map(({ load_1m }) => load_1m)
  return [
    row('CPU', 'cpu_percent', 100, percent),
    row('memory', 'memory_percent', 100, percent),
    row('disk', 'disk_percent', 100, percent),
    row('load', 'load_1m', Math.max(2 * cpus, ...loads), (value) => value.toFixed(2)),
  ]

  function row(
    label: string,
    metric: keyof MachineReading,
    max: number,
    show: (value: number) => string,
  ): ReadingRow {
    const values = history.map((reading) => reading[metric])
    const latest = values.at(-1)
    return { label, metric, values, max, text: latest === undefined ? '-' : show(latest) }
  }
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`
}
