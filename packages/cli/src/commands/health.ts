import { SilentFailure } from '../cli-error.js'
import { asFields, textOf } from '../platform/answer.js'
import { createPlatformClient, pathSegment } from '../platform/platform-client.js'
import { parsePluginId } from '../platform/plugin-reference.js'
import { formatBytes } from '../terminal/byte-size.js'
import { colors } from '../terminal/colors.js'
import { print, printJson, withoutControls } from '../terminal/print.js'
import { shownDuration } from '../terminal/shown-duration.js'
import type { VerbOptions } from './change-state.js'

type Fields = Readonly<Record<string, unknown>>

/** `health <id>`: how a plugin is; fails unless it is healthy. */
export async function health(reference: string, { json = false, ...platform }: VerbOptions): Promise<void> {
  const id = parsePluginId(reference)
  const client = createPlatformClient(platform)
  const answer = await client.request('GET', `/plugins/${pathSegment(id)}/health`, { answersWith: 503 })
  const report = asFields(answer)
  const isHealthy = report.status === 'healthy'
  if (json) printJson(answer)
  else printHealth(id, report, isHealthy)
  if (!isHealthy) throw new SilentFailure()
}

function printHealth(id: string, report: Fields, isHealthy: boolean): void {
  const verdict = isHealthy ? colors.green('is healthy') : colors.red('is not healthy')
  print(`${id} ${withoutControls(textOf(report, 'version'))} ${verdict}`)
  for (const [name, text] of factsOf(report)) {
    if (text !== '') print(`  ${name.padEnd(NAME_WIDTH)}  ${withoutControls(text)}`)
  }
}

const NAME_WIDTH = 'deliveries'.length

/** Names and what to say of each; nothing of what the platform does not tell. */
function factsOf(report: Fields): [string, string][] {
  const known = (name: string, show: (value: number) => string) =>
    typeof report[name] === 'number' ? show(report[name]) : ''
  const storage = asFields(report.storage)
  const given = known('dead_letters', (count) => (count > 0 ? `, ${count} given up` : ''))
  return [
    ['state', textOf(report, 'state')],
    ['reason', textOf(report, 'reason', 'detail')],
    ['runtime', textOf(report, 'runtime') + known('pid', (pid) => ` (pid ${pid})`)],
    ['uptime', known('uptime_seconds', shownDuration)],
    ['restarts', known('restarts', String)],
    ['memory', known('memory_bytes', formatBytes)],
    ['deliveries', known('deliveries_waiting', (count) => `${count} waiting${given}`)],
    ['tasks', known('tasks_waiting', (count) => `${count} waiting`)],
    [
      'storage',
      typeof storage.bytes === 'number'
        ? `${formatBytes(storage.bytes)}, ${textOf(storage, 'keys')} keys`
        : '',
    ],
    ...Object.entries(asFields(report.checks)).map(([name, check]): [string, string] => {
      const { status, detail } = asFields(check)
      return ['check', [name, status, detail].filter((part) => typeof part === 'string').join(': ')]
    }),
  ]
}
