import { CliError } from '../cli-error.js'
import { asFields, listIn, textOf } from '../platform/answer.js'
import { createPlatformClient, pathSegment } from '../platform/platform-client.js'
import { parsePluginId } from '../platform/plugin-reference.js'
import { print, printJson } from '../terminal/print.js'
import { shownTime } from '../terminal/shown-time.js'
import { formatTable } from '../terminal/table.js'
import type { VerbOptions } from './change-state.js'

export interface DeliveriesOptions extends VerbOptions {
  readonly status?: string
  readonly lines?: string
}

const STATUSES = ['delivered', 'retrying', 'dead', 'ignored']

/** `deliveries <id>`: what became of the latest events of a plugin, newest first. */
export async function deliveries(reference: string, options: DeliveriesOptions): Promise<void> {
  const { status, lines = '20', json = false, ...platform } = options
  const id = parsePluginId(reference)
  if (status !== undefined && !STATUSES.includes(status)) {
    throw new CliError(
      'status_invalid',
      `--status is ${JSON.stringify(status)}: expected ${STATUSES.join(', ')}`,
    )
  }
  if (!/^([1-9]\d{0,2}|1000)$/.test(lines)) {
    throw new CliError(
      'lines_invalid',
      `--lines is ${JSON.stringify(lines)}: expected a number from 1 to 1000`,
    )
  }
  const client = createPlatformClient(platform)
  const answer = await client.request('GET', `/plugins/${pathSegment(id)}/deliveries`, {
    query: { status, page_size: lines },
  })
  if (json) {
    printJson(answer)
    return
  }
  const list = listIn(answer)
  if (list.length === 0) {
    print(status === undefined ? `Nothing was delivered to ${id} yet` : `No delivery to ${id} is ${status}`)
    return
  }
  const rows = list.map((delivery) => [
    shownTime(textOf(delivery, 'created_at')),
    textOf(delivery, 'status'),
    textOf(delivery, 'event'),
    textOf(delivery, 'attempt'),
    failuresOf(delivery),
  ])
  print(formatTable(['TIME', 'STATUS', 'EVENT', 'ATTEMPT', 'FAILURES'], rows))
}

function failuresOf({ failures }: Readonly<Record<string, unknown>>): string {
  const list = Array.isArray(failures) ? failures.map(asFields) : []
  return list.map((failure) => `${textOf(failure, 'handler')}: ${textOf(failure, 'error')}`).join('; ')
}
