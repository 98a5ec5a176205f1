import type { Aim, Comparison, Quantity, Ratio } from './comparison.js'
import { renderTable } from './render-table.js'

const CALLS: Quantity = { title: 'per call', better: 'as fast', text: duration }

/** A comparison as Markdown that also reads well on a terminal. */
export function renderComparison(comparison: Comparison): string {
  const { title, ours, rows, aims, quantity = CALLS } = comparison
  const table = renderTable(
    ['', quantity.title, ...ours.map((name) => `${name} is`)],
    rows.map(({ name, time, ratios }) => [
      name,
      quantity.text(time),
      ...ours.map((own) => {
        const ratio = ratios.get(own)
        return ratio ? `${ratioText(ratio)} ${quantity.better}` : ''
      }),
    ]),
  )
  const verdicts = aims.map((aim) => `- Aim ${verdict(aim, comparison)}`)
  return [`### ${title}`, '', table, ...(verdicts.length > 0 ? ['', ...verdicts] : [])].join('\n')
}

/** One line that says how it stands with an aim. */
export function verdict({ ours, theirs, atLeast }: Aim, { rows, quantity = CALLS }: Comparison): string {
  const ratio = rows.find(({ name }) => name === theirs)?.ratios.get(ours)?.median ?? Number.NaN
  const reached = ratio >= atLeast ? 'reached' : '**not reached**'
  return `${reached}: ${ours} is ${times(ratio)} ${quantity.better} as ${theirs}, at least ${times(atLeast)} wanted`
}

function ratioText({ median, low, high }: Ratio): string {
  return `${times(median)} (${times(low)} to ${times(high)})`
}

function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)}x`
}

export function duration(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(0)} ns`
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(nanoseconds < 1e5 ? 1 : 0)} µs`
  return `${(nanoseconds / 1e6).toFixed(2)} ms`
}
