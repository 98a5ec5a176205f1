import { errorMessage } from '@ops-center/plugin-sdk'
import { taskResponseSchema } from '@ops-center/plugin-sdk/protocol'
import { withSpan } from '../../tracing/with-span.js'
import { spanAttributes } from '../installations/installation.js'
import type { LaunchedPlugin } from '../running/launch-plugin.js'
import { PluginCallError, PluginUnreachableError } from '../running/plugin-connection.js'
import type { PluginRunner } from '../running/plugin-runner.js'
import type { TaskRun } from './task-runs.js'

/** Milliseconds a task waits for a plugin that is starting. */
const WAIT_MS = 30_000
/** Milliseconds a task may take. */
const TASK_TIMEOUT_MS = 240_000

/**
 * What became of a call: `interrupted` when the plugin was stopped, or brought to another version, under it; `cancelled`
 * when somebody asked for that. `isUnknown`: the plugin has no such task.
 */
export type TaskResult =
  | { outcome: 'succeeded' | 'interrupted' | 'cancelled' }
  | { outcome: 'failed'; error: string; isUnknown: boolean }

/** When a run is over before its end. */
export interface TaskSignals {
  /** Aborts when the plugin is about to be stopped. */
  stopping: AbortSignal
  /** Aborts when somebody cancelled the run: the request ends, which aborts the signal of the handler. */
  cancelled: AbortSignal
}

/** Lets a plugin run a task. */
export async function runTask(
  run: TaskRun,
  runner: PluginRunner,
  { stopping, cancelled }: TaskSignals,
): Promise<TaskResult> {
  let launched: LaunchedPlugin | undefined
  try {
    launched = await runner.whenRunning(AbortSignal.any([cancelled, AbortSignal.timeout(WAIT_MS)]))
    const { connection } = launched
    const attributes = {
      ...spanAttributes(runner.installation),
      'ops.task': run.name,
      'ops.task_id': run.task_id,
    }
    await withSpan('plugin.task', { kind: 'consumer', causes: [run.trace], attributes }, () =>
      connection.call({
        path: `/_ops/tasks/${encodeURIComponent(run.name)}`,
        json: {
          args: run.args ?? null,
          task_id: run.task_id,
          scheduled_for: run.scheduled_for.toISOString(),
        },
        timeout: TASK_TIMEOUT_MS,
        signal: cancelled,
        response: taskResponseSchema,
      }),
    )
    return { outcome: 'succeeded' }
  } catch (error) {
    if (cancelled.aborted) return { outcome: 'cancelled' }
    const isReplaced = launched !== undefined && runner.hasReplaced(launched)
    if ((stopping.aborted || isReplaced) && !(error instanceof PluginCallError))
      return { outcome: 'interrupted' }
    if (launched && error instanceof PluginUnreachableError && error.isLate) await runner.suspect(launched)
    const why = launched
      ? errorMessage(error)
      : `The plugin did not run, and did not start within ${WAIT_MS} ms`
    const isUnknown = error instanceof PluginCallError && error.status === 404
    return { outcome: 'failed', error: why, isUnknown }
  }
}
