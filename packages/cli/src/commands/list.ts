import { listIn, textOf } from '../platform/answer.js'
import { createPlatformClient } from '../platform/platform-client.js'
import { print, printJson } from '../terminal/print.js'
import { formatTable } from '../terminal/table.js'
import type { VerbOptions } from './change-state.js'

/** `list`: the installations of the key's organization. */
export async function list({ json = false, ...platform }: VerbOptions): Promise<void> {
  const client = createPlatformClient(platform)
  const answer = await client.request('GET', '/plugins/installed', { query: { page_size: '1000' } })
  if (json) {
    printJson(answer)
    return
  }
  const installations = listIn(answer)
  if (installations.length === 0) {
    print('No plugin is installed. Install one with ops-center-plugin install <id>')
    return
  }
  const rows = installations.map((fields) => [
    textOf(fields, 'plugin_id', 'id'),
    textOf(fields, 'version'),
    textOf(fields, 'state', 'status'),
    textOf(fields, 'reason'),
  ])
  const hasReasons = rows.some(([, , , reason]) => reason !== '')
  const headings = ['PLUGIN', 'VERSION', 'STATE', 'REASON'].slice(0, hasReasons ? 4 : 3)
  print(
    formatTable(
      headings,
      rows.map((row) => row.slice(0, headings.length)),
    ),
  )
}
