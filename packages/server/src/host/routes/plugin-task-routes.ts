import { createRoute, z } from '@hono/zod-openapi'
import type { ApiRouter } from '../../http/create-http-app.js'
import { HttpProblem } from '../../http/http-problem.js'
import { offsetOf, pageQuery, pageSchema, paginationOf } from '../../http/pagination.js'
import { json, jsonBody, problems, secured } from '../../http/route-parts.js'
import type { Installations } from '../installations/installations.js'
import type { PluginTasks } from '../tasks/plugin-tasks.js'
import { presentRun } from '../tasks/present-task.js'
import { pluginParams } from './plugin-params.js'
import { taskIdSchema, taskRunSchema } from './task-schema.js'

const tags = ['installations']
const params = pluginParams.extend({ task_id: taskIdSchema.openapi({ example: 'train_model' }) })

const runs = createRoute({
  method: 'get',
  path: '/plugins/{id}/tasks/{task_id}/runs',
  tags,
  summary: 'List the latest runs of a task of an installed plugin, newest first',
  ...secured('plugins:read'),
  request: { params, query: z.object(pageQuery(20)) },
  responses: { 200: json('The runs', pageSchema('runs', taskRunSchema)), ...problems(404, 422) },
})

const run = createRoute({
  method: 'post',
  path: '/plugins/{id}/tasks/{task_id}/run',
  tags,
  summary: 'Run a task of an installed plugin now: a scheduled one, or any that its code names',
  ...secured('plugins:write'),
  request: { params, body: jsonBody(z.strictObject({ args: z.unknown().optional() })) },
  responses: {
    202: json(
      'It will run at once, or after the run that goes on',
      z.object({ status: z.literal('queued'), id: z.string(), task_id: z.string() }),
    ),
    ...problems(404, 409, 413, 415, 422),
  },
})

export interface PluginTaskServices {
  installations: Pick<Installations, 'get'>
  tasks: PluginTasks
}

/** Runs of tasks, for the operator. */
export function pluginTaskRoutes({ installations, tasks }: PluginTaskServices) {
  return (router: ApiRouter): void => {
    router.openapi(runs, async (c) => {
      const { id, task_id } = c.req.valid('param')
      const query = c.req.valid('query')
      const installation = await installations.get(c.var.principal.organization_id, id)
      const key = { installation_id: installation.id, task_id }
      const isRegistered = installation.registrations.tasks.some(({ name }) => name === task_id)
      if (!isRegistered && !(await tasks.knows(key))) throw noTask(id, task_id)
      const { runs, total } = await tasks.runs(key, { limit: query.page_size, offset: offsetOf(query) })
      return c.json({ runs: runs.map(presentRun), pagination: paginationOf(query, total) }, 200)
    })
    router.openapi(run, async (c) => {
      const { id, task_id } = c.req.valid('param')
      const { args } = c.req.valid('json')
      const installation = await installations.get(c.var.principal.organization_id, id)
      if (!installation.enabled)
        throw new HttpProblem(409, `Plugin "${id}" is not enabled: enable it, then run its tasks`)
      const location = `/api/v1/plugins/${id}/tasks/${task_id}/runs`
      const answer = (runId: string) => ({ status: 'queued' as const, id: runId, task_id })
      const { tasks: registered } = installation.registrations
      const result = await tasks.runNow(installation.id, { task_id, args }, registered, (trx, runId) =>
        c.var.repeatGuard.record(trx, { status: 202, location, body: answer(runId) }),
      )
      if (result === 'unknown') throw noTask(id, task_id)
      if (result === 'busy')
        throw new HttpProblem(409, `Task "${task_id}" is running already, and its overlap policy is "skip"`)
      if (result === 'full')
        throw new HttpProblem(409, `As many runs of task "${task_id}" as may wait are waiting already`)
      return c.json(answer(result.id), 202, { location })
    })
  }
}

function noTask(pluginId: string, taskId: string): HttpProblem {
  return new HttpProblem(404, `Plugin "${pluginId}" has no task "${taskId}", scheduled or in its code`)
}
