import { Counter, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client'
import { LabelSeries } from './label-series.js'

export interface SeriesCounterOptions {
  name: string
  help: string
  labels: readonly string[]
  registry: Registry
}

/** Counts what has its labels in common. */
export class CountSeries {
  readonly labels: Readonly<Record<string, string>>
  #value = 0

  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels
  }

  get value(): number {
    return this.#value
  }

  add(more = 1): void {
    this.#value += more
  }
}

/** A counter of which the series are kept by whoever counts: see {@link DurationHistogram} for why. */
export class SeriesCounter extends Counter<string> {
  readonly series: LabelSeries<CountSeries>

  constructor({ name, help, labels, registry }: SeriesCounterOptions) {
    super({ name, help, labelNames: labels, registers: [registry] })
    this.series = new LabelSeries(labels, (labelled) => new CountSeries(labelled))
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    const values = this.series.all().map(({ labels, value }) => ({ labels, value }))
    return { ...(await super.get()), values }
  }
}
