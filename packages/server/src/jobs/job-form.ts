import { OpsError } from '@ops-center/plugin-sdk'
import type { Database } from '../database/client.js'

/** Seconds after which a job of an unknown form is looked at again. */
const LEFT_SECONDS = 30

interface ReadJob {
  id: string
  data: unknown
}

/**
 * Jobs outlive the version that queued them, and while one version takes the place of another, nodes of both share a
 * queue. So the data of a job says its form: `form: 2`, and nothing for the first. Who changes what the data of a queue
 * means gives it a higher form, and goes on reading the former ones; a node that does not know a form leaves the job to
 * one that does, and never drops it.
 */
function formOf(data: unknown): number {
  if (typeof data !== 'object' || data === null || !('form' in data)) return 1
  return typeof data.form === 'number' ? data.form : Number.POSITIVE_INFINITY
}

/**
 * The jobs whose form this node knows. The others go back to their queue for a while, so that they hold up nobody, and
 * `onError` is told.
 */
export async function leaveUnknownForms<Job extends ReadJob>(
  { executeSql }: Pick<Database, 'executeSql'>,
  queue: string,
  { jobs, newestForm }: { jobs: readonly Job[]; newestForm: number },
  onError: (error: unknown) => void,
): Promise<Job[]> {
  const known = jobs.filter(({ data }) => formOf(data) <= newestForm)
  if (known.length === jobs.length) return known
  const unknown = jobs.filter(({ data }) => !(formOf(data) <= newestForm))
  await executeSql(
    `update pgboss.job set state = 'retry', start_after = now() + $3 * interval '1 second'
     where name = $1 and id = any($2::uuid[]) and state <= 'active'`,
    [queue, unknown.map(({ id }) => id), LEFT_SECONDS],
  )
  const forms = [...new Set(unknown.map(({ data }) => formOf(data)))].join(', ')
  onError(
    new OpsError(
      'job_form_unknown',
      `${unknown.length} jobs of queue "${queue}" have form ${forms}, and this version knows forms up to ${newestForm}: they wait for a node of a newer version`,
    ),
  )
  return known
}
