import { Histogram, type Registry } from 'prom-client'
import { LabelSeries } from './label-series.js'

export interface DurationHistogramOptions {
  name: string
  help: string
  labels: readonly string[]
  /** Upper bounds in seconds, ascending. */
  buckets: readonly number[]
  registry: Registry
}

/** Durations that have their labels in common. */
export class DurationSeries {
  readonly #labels: Readonly<Record<string, string>>
  readonly #bounds: readonly number[]
  /** By bound, and one more for what is longer than all of them. */
  readonly #counts: number[]
  #seconds = 0

  constructor(labels: Readonly<Record<string, string>>, bounds: readonly number[]) {
    this.#labels = labels
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(milliseconds: number): void {
    const seconds = milliseconds / 1_000
    const within = this.#bounds.findIndex((bound) => seconds <= bound)
    const at = within < 0 ? this.#bounds.length : within
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#seconds += seconds
  }

  /** As Prometheus wants it: in each bucket all that is shorter, too. */
  values(name: string) {
    const sharedLabels = this.#labels
    let count = 0
    const buckets = this.#counts.map((more, at) => {
      count += more
      const le = this.#bounds[at] ?? '+Inf'
      return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: {}, sharedLabels, value: this.#seconds },
      { metricName: `${name}_count`, labels: {}, sharedLabels, value: count },
    ]
  }
}

/**
 * A histogram of which the series are kept by whoever observes. That of prom-client finds them by their labels each
 * time, which costs more than all else that is counted of a request.
 */
export class DurationHistogram extends Histogram<string> {
  readonly series: LabelSeries<DurationSeries>
  readonly #described: Pick<DurationHistogramOptions, 'name' | 'help'>

  constructor({ name, help, labels, buckets, registry }: DurationHistogramOptions) {
    super({ name, help, labelNames: labels, buckets: [...buckets], registers: [registry] })
    this.#described = { name, help }
    this.series = new LabelSeries(labels, (labelled) => new DurationSeries(labelled, buckets))
  }

  /** What registries and `get` read of a histogram. */
  async getForPromString() {
    const values = this.series.all().flatMap((series) => series.values(this.#described.name))
    return { ...this.#described, type: 'histogram', aggregator: 'sum', values }
  }
}
