import { availableParallelism, loadavg } from 'node:os'
import type { Comparison } from './comparison.js'
import { renderComparison, verdict } from './render-comparison.js'

export interface SuiteResult {
  readonly title: string
  readonly notes: string
  readonly comparisons: readonly Comparison[]
}

/** A whole run as Markdown: on what it ran, which aims it reached, and every table. */
export function renderReport(results: readonly SuiteResult[]): string {
  return `${[
    '# Bench results',
    `${machine()}. Made by \`npm run bench -- --save\`.`,
    `All contenders of a table take short turns in one run, so that whatever else the machine does slows all of them alike.
A ratio above 1 means that the SDK is faster: it is the median of the rounds, in brackets the middle eighty per cent.`,
    '## Aims',
    aims(results),
    ...results.flatMap(({ title, notes, comparisons }) => [
      `## ${title}`,
      notes,
      ...comparisons.map(renderComparison),
    ]),
  ].join('\n\n')}\n`
}

function aims(results: readonly SuiteResult[]): string {
  return results
    .flatMap(({ title, comparisons }) =>
      comparisons.flatMap((comparison) =>
        comparison.aims.map((aim) => `- ${verdict(aim, comparison)} (${title}, ${comparison.title})`),
      ),
    )
    .join('\n')
}

function machine(): string {
  const date = new Date().toISOString().slice(0, 10)
  const load = loadavg()[0] ?? 0
  return `${date}, ${availableParallelism()} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}, load ${load.toFixed(1)}`
}
