import { listIn, textOf } from '../platform/answer.js'
import { createPlatformClient, pathSegment } from '../platform/platform-client.js'
import { parsePluginId } from '../platform/plugin-reference.js'
import { print, printJson } from '../terminal/print.js'
import { shownTime } from '../terminal/shown-time.js'
import { formatTable } from '../terminal/table.js'
import type { VerbOptions } from './change-state.js'

/** `tasks <id> [task]`: the scheduled tasks of a plugin, or the latest runs of one. */
export async function tasks(
  reference: string,
  task: string | undefined,
  { json = false, ...platform }: VerbOptions,
): Promise<void> {
  const id = parsePluginId(reference)
  const client = createPlatformClient(platform)
  const path = `/plugins/${pathSegment(id)}/tasks`
  const answer = await client.request('GET', task === undefined ? path : `${path}/${pathSegment(task)}/runs`)
  if (json) {
    printJson(answer)
    return
  }
  const list = listIn(answer)
  if (list.length === 0) print(task === undefined ? `${id} has no scheduled task` : `${task} has not run yet`)
  else print(task === undefined ? tableOfTasks(list) : tableOfRuns(list))
}

type Rows = readonly Readonly<Record<string, unknown>>[]

function tableOfTasks(list: Rows): string {
  const rows = list.map((task) => [
    textOf(task, 'task_id'),
    shownTime(textOf(task, 'cron', 'run_at')),
    shownTime(textOf(task, 'next_run')),
    textOf(task, 'runs'),
    textOf(task, 'failures'),
    textOf(task, 'last_error'),
  ])
  return formatTable(['TASK', 'WHEN', 'NEXT RUN', 'RUNS', 'FAILURES', 'LAST ERROR'], rows)
}

function tableOfRuns(list: Rows): string {
  const rows = list.map((run) => [
    shownTime(textOf(run, 'started_at', 'scheduled_for')),
    textOf(run, 'outcome'),
    textOf(run, 'trigger'),
    textOf(run, 'duration_ms'),
    textOf(run, 'error'),
  ])
  return formatTable(['TIME', 'OUTCOME', 'ASKED BY', 'MS', 'ERROR'], rows)
}
