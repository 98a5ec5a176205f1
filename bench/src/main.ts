import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { renderReport, type SuiteResult } from './harness/render-report.js'
import { suites } from './suites.js'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { save: { type: 'boolean', default: false } },
})
const unknown = positionals.find((name) => !(name in suites))
if (unknown !== undefined) {
  process.stderr.write(`There is no bench "${unknown}": expected some of ${Object.keys(suites).join(', ')}\n`)
  process.exit(1)
}

const results: SuiteResult[] = []
for (const [name, { title, notes, run }] of Object.entries(suites)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  process.stderr.write(`Measuring ${name} ...\n`)
  results.push({ title, notes, comparisons: await run() })
}
const report = renderReport(results)
process.stdout.write(report)
if (values.save) await writeFile(new URL('../RESULTS.md', import.meta.url), report)
