// Sums up vitest's JSON reports: one line per run, then the line `N passed, N failed`. The first report is the run that
// counts; runs on PostgreSQL and on other Node releases only add what failed there.
import { readFileSync } from 'node:fs'

const runs = process.argv.slice(2).flatMap((file) => readRun(file) ?? [])
for (const { name, passed, failed, skipped } of runs.slice(1)) {
  process.stdout.write(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped\n`)
}
const passed = runs[0]?.passed ?? 0
const failed = runs.reduce((sum, run) => sum + run.failed, 0)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
if (failed > 0) process.exitCode = 1

/** Undefined when there is no report: the run ended before its first test. */
function readRun(file) {
  let report
  try {
    report = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
  // A file that cannot even be loaded fails without a test of its own.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  return {
    name: /tests-(.*)\.json$/.exec(file)?.[1],
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}
