import { renderTable } from './render-table.js'
import type { Aim, Comparison, Ratio } from './comparison.js'

/** A comparison as Markdown that also reads well on a terminal. */
export function renderComparison(comparison: Comparison): string {
  const { title, ours, rows, aims } = comparison
  const table = renderTable(
    ['', 'per call', ...ours.map((name) => `${name} is`)],
    rows.map(({ name, time, ratios }) => [
      name,
      duration(time),
      ...ours.map((own) => {
        const ratio = ratios.get(own)
        return ratio ? `${ratioText(ratio)} as fast` : ''
      }),
    ]),
  )
  const verdicts = aims.map((aim) => `- ${verdict(aim, comparison)}`)
  return [`### ${title}`, '', table, ...(verdicts.length > 0 ? ['', ...verdicts] : [])].join('\n')
}

/** Whether a comparison reached what it aims at; undefined when it did not measure it. */
export function isReached({ ours, theirs, atLeast }: Aim, { rows }: Comparison): boolean | undefined {
  const ratio = rows.find(({ name }) => name === theirs)?.ratios.get(ours)
  return ratio && ratio.median >= atLeast
}

function verdict(aim: Aim, comparison: Comparison): string {
  const reached = isReached(aim, comparison) ? 'reached' : 'NOT reached'
  return `Aim ${reached}: ${aim.ours} at least ${aim.atLeast} times as fast as ${aim.theirs}`
}

function ratioText({ median, low, high }: Ratio): string {
  return `${times(median)} (${times(low)} to ${times(high)})`
}

function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)}x`
}

function duration(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(0)} ns`
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(nanoseconds < 1e5 ? 1 : 0)} µs`
  return `${(nanoseconds / 1e6).toFixed(2)} ms`
}
