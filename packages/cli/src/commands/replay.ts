import { CliError } from '../cli-error.js'
import { asFields, textOf } from '../platform/answer.js'
import { createPlatformClient, type PlatformClient, pathSegment } from '../platform/platform-client.js'
import { parsePluginId } from '../platform/plugin-reference.js'
import { splitNames } from '../platform/split-names.js'
import { colors } from '../terminal/colors.js'
import { print, printJson } from '../terminal/print.js'
import type { VerbOptions } from './change-state.js'

export interface ReplayOptions extends VerbOptions {
  readonly since?: string
  readonly until?: string
  readonly events?: string
}

/**
 * `replay <id>`: delivers the dead letters of a plugin again; with `--since`, every event of that time that it hears.
 */
export async function replay(reference: string, options: ReplayOptions): Promise<void> {
  const { since, until, events, json = false, ...platform } = options
  const id = parsePluginId(reference)
  if (since === undefined && (until !== undefined || events !== undefined)) {
    throw new CliError('since_missing', '--until and --events belong to --since: the time to begin with', {
      fix: 'Add --since, such as --since 2026-01-27T10:00:00Z',
    })
  }
  if (since !== undefined && until === undefined && Date.parse(since) > Date.now()) {
    throw new CliError('time_invalid', `--since is ${JSON.stringify(since)}: expected a time that has passed`)
  }
  const client = createPlatformClient(platform)
  const count =
    since === undefined
      ? await replayDeadLetters(client, id)
      : await replayRange(client, id, {
          since: parseTime('--since', since),
          // Fixed now, so that what happens meanwhile is not delivered twice.
          until: until === undefined ? new Date().toISOString() : parseTime('--until', until),
          ...(events === undefined ? {} : { events: splitNames(events) }),
        })
  if (json) printJson({ status: 'queued', count })
  else if (count > 0)
    print(`${colors.green('queued')} ${count} ${count === 1 ? 'delivery' : 'deliveries'} for ${id}`)
  else print(since === undefined ? `${id} has no dead letters` : `No event of that time is for ${id}`)
}

async function replayDeadLetters(client: PlatformClient, plugin_id: string): Promise<number> {
  // Those that die again meanwhile are for the next time.
  const json = { plugin_id, until: new Date().toISOString() }
  let total = 0
  for (;;) {
    const answer = asFields(await client.request('POST', '/events/dead-letters/replay', { json }))
    const count = Number(textOf(answer, 'count'))
    total += count
    if (count === 0 || Number(textOf(answer, 'remaining')) === 0) return total
  }
}

async function replayRange(client: PlatformClient, id: string, range: object): Promise<number> {
  let total = 0
  let cursor = ''
  do {
    const json = { ...range, ...(cursor === '' ? {} : { cursor }) }
    const answer = asFields(await client.request('POST', `/plugins/${pathSegment(id)}/replay`, { json }))
    total += Number(textOf(answer, 'count'))
    cursor = textOf(answer, 'next_cursor')
  } while (cursor !== '')
  return total
}

function parseTime(option: string, text: string): string {
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time.toISOString()
  throw new CliError(
    'time_invalid',
    `${option} is ${JSON.stringify(text)}: expected a time such as 2026-01-27T10:00:00Z`,
  )
}
