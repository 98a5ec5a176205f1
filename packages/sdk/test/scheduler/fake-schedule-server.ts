import { Hono } from 'hono'
import { createLocalScheduler } from '../../src/scheduler/local-scheduler.js'
import type { CronOptions, TaskRegistry } from '../../src/scheduler/scheduler.js'
import type { FakeClock } from '../../src/testing/fake-clock.js'

interface PutBody extends CronOptions {
  name: string
  cron?: string
  run_at?: string
}

/** The platform's side of the schedule wire: it keeps the tasks and calls the plugin's handlers by name. */
export function createFakeScheduleServer(tasks: TaskRegistry, clock: FakeClock): Hono {
  const scheduler = createLocalScheduler({ tasks, clock, onError: () => undefined })
  const app = new Hono().basePath('/plugins/:id/schedule')
  app.get('/', async (context) => context.json({ tasks: await scheduler.getTasks() }))
  app.put('/:task', async (context) => {
    const taskId = context.req.param('task')
    const { name, cron, run_at, ...options } = await context.req.json<PutBody>()
    if (cron) await scheduler.schedule(cron, name, undefined, options)
    else await scheduler.runAt(new Date(run_at ?? ''), name, { taskId, args: options.args })
    const list = await scheduler.getTasks()
    return context.json(list.find(({ task_id }) => task_id === taskId))
  })
  app.delete('/:task', async (context) => {
    const id = context.req.param('task')
    if (await scheduler.cancel(id)) return context.json({ status: 'deleted', id })
    return context.json({ status: 404 }, 404)
  })
  app.delete('/', async (context) => context.json({ status: 'deleted', count: await scheduler.cancelAll() }))
  return app
}
