import { renderComparison } from './harness/render-comparison.js'
import { suites } from './suites.js'
const names = process.argv.slice(2)
for (const name of names.length ? names : Object.keys(suites)) {
  const s = suites[name]
  if (s) for (const c of await s.run()) process.stdout.write(renderComparison(c) + '\n\n')
}
