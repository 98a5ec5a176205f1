/** What a metric keeps for each combination of its labels' values. */
export class LabelSeries<Series> {
  readonly #labels: readonly string[]
  readonly #create: (labels: Readonly<Record<string, string>>) => Series
  /** By all values but the last, then by that. */
  readonly #known = new Map<string, Map<string, Series>>()

  constructor(labels: readonly string[], create: (labels: Readonly<Record<string, string>>) => Series) {
    this.#labels = labels
    this.#create = create
  }

  /** The series that have all values but the last in common, by the last. */
  within(...first: string[]): (last: string) => Series {
    const key = first.join('\n')
    const series = this.#known.get(key) ?? new Map<string, Series>()
    this.#known.set(key, series)
    return (last) => {
      const known = series.get(last)
      if (known) return known
      const values = [...first, last]
      const created = this.#create(
        Object.fromEntries(this.#labels.map((label, index) => [label, values[index] ?? ''])),
      )
      series.set(last, created)
      return created
    }
  }

  all(): Series[] {
    return [...this.#known.values()].flatMap((series) => [...series.values()])
  }
}
