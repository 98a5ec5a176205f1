import type { Alert } from '@ops-center/plugin-sdk'
import { type Output, stepLine } from './output.js'
import type { SessionState } from './session-state.js'
import { alertText } from './view/alert-text.js'
import { printable } from './view/printable.js'
import { statusLine } from './view/status-line.js'

/** Lines without colours or other controls, for files, pipes and logs of services. */
export function createPlainOutput(stream: NodeJS.WritableStream, statusEvery: number): Output {
  const print = (line: string) => void stream.write(`${line}\n`)
  let shownAt = Number.NEGATIVE_INFINITY
  return {
    isLive: false,
    async step(_doing, work, done) {
      const begin = performance.now()
      const result = await work()
      print(stepLine('✓', printable(done(result)), performance.now() - begin))
      return result
    },
    note: (text) => print(`  Note: ${printable(text)}`),
    guide: (lines) => print(['Ready', ...lines.map((line) => `  ${line}`)].join('\n')),
    update(state: SessionState) {
      if (!state.platform) return
      // Half a turn early counts: readings come as often as status lines may be due.
      if (performance.now() - shownAt < statusEvery - 50) return
      shownAt = performance.now()
      print(`${timeOf(new Date())} ${statusLine(state)}`)
    },
    alert: (alert: Alert) => print(`${timeOf(new Date())} ALERT ${alertText(alert)}`),
    settle() {},
  }
}

function timeOf(date: Date): string {
  return date.toISOString().slice(0, 19).concat('Z')
}
