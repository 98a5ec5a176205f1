import { createRoute, z } from '@hono/zod-openapi'
import { OpsError } from '@ops-center/plugin-sdk'
import type { ApiRouter } from '../../http/create-http-app.js'
import { HttpProblem } from '../../http/http-problem.js'
import { json, jsonBody, problems, secured } from '../../http/route-parts.js'
import type { PluginTasks } from '../tasks/plugin-tasks.js'
import { presentTask } from '../tasks/present-task.js'
import { ownInstallation } from './own-installation.js'
import { pluginParams } from './plugin-params.js'
import { taskIdSchema, taskListSchema, taskSchema } from './task-schema.js'

const tags = ['plugin data']
const taskParams = pluginParams.extend({ task_id: taskIdSchema })
const putBody = z.object({
  name: taskIdSchema,
  cron: z.string().max(256).optional(),
  timezone: z.string().max(64).optional(),
  run_at: z.iso.datetime({ offset: true }).optional(),
  args: z.unknown().optional(),
  misfire: z.enum(['skip', 'one', 'all']).optional(),
  overlap: z.enum(['skip', 'queue', 'allow']).optional(),
})

const list = createRoute({
  method: 'get',
  path: '/plugins/{id}/schedule',
  tags,
  summary: "List the plugin's scheduled tasks",
  ...secured('scheduler:write'),
  request: { params: pluginParams },
  responses: { 200: json('The tasks', taskListSchema), ...problems(404) },
})

const put = createRoute({
  method: 'put',
  path: '/plugins/{id}/schedule/{task_id}',
  tags,
  summary: 'Schedule a task, once or by cron',
  ...secured('scheduler:write'),
  request: { params: taskParams, body: jsonBody(putBody) },
  responses: { 200: json('The task', taskSchema), ...problems(404, 409, 413, 415, 422) },
})

const remove = createRoute({
  method: 'delete',
  path: '/plugins/{id}/schedule/{task_id}',
  tags,
  summary: 'Cancel a scheduled task',
  ...secured('scheduler:write'),
  request: { params: taskParams },
  responses: {
    200: json('Cancelled', z.object({ status: z.literal('deleted'), id: z.string() })),
    ...problems(404),
  },
})

const clear = createRoute({
  method: 'delete',
  path: '/plugins/{id}/schedule',
  tags,
  summary: 'Cancel every scheduled task',
  ...secured('scheduler:write'),
  request: { params: pluginParams },
  responses: {
    200: json('Cancelled', z.object({ status: z.literal('deleted'), count: z.int() })),
    ...problems(404),
  },
})

/** `/plugins/{id}/schedule`, for the plugin itself. */
export function pluginScheduleRoutes(tasks: PluginTasks) {
  return (router: ApiRouter): void => {
    router.openapi(list, async (c) => {
      const { id } = ownInstallation(c.var.principal, c.req.valid('param').id)
      return c.json({ tasks: (await tasks.list(id)).map(presentTask) }, 200)
    })
    router.openapi(put, async (c) => {
      const { id: pluginId, task_id } = c.req.valid('param')
      const { id } = ownInstallation(c.var.principal, pluginId)
      try {
        return c.json(presentTask(await tasks.put(id, task_id, c.req.valid('json'))), 200)
      } catch (error) {
        if (error instanceof OpsError)
          throw new HttpProblem(error.code === 'task_limit' ? 409 : 422, error.message, { cause: error })
        throw error
      }
    })
    router.openapi(remove, async (c) => {
      const { id: pluginId, task_id } = c.req.valid('param')
      const wasThere = await tasks.delete(ownInstallation(c.var.principal, pluginId).id, task_id)
      if (!wasThere) throw new HttpProblem(404, `There is no scheduled task "${task_id}"`)
      return c.json({ status: 'deleted' as const, id: task_id }, 200)
    })
    router.openapi(clear, async (c) => {
      const { id } = ownInstallation(c.var.principal, c.req.valid('param').id)
      return c.json({ status: 'deleted' as const, count: await tasks.deleteAll(id) }, 200)
    })
  }
}
