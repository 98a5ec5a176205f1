import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PluginSource } from '../build-plugin.js'
import { startTestPlatform, type TestPlatform } from '../test-platform.js'

const yearly = '0 0 1 1 *'

/** Declares a time for its task, and schedules more by hand. */
const planner = (version: string, tasks: string): PluginSource => ({
  id: 'planner',
  version,
  code: `
    const ran = (name) => () => plugin.storage.update('ran', (names = []) => [...names, name])
    ${tasks}
    plugin.route('/ran', { methods: ['GET'] }, () => plugin.storage.get('ran', []))
    plugin.route('/once', { methods: ['POST'] }, async ({ body }) =>
      ({ id: await plugin.scheduler.runIn(body.delay, body.name, { taskId: body.id }) }))
  `,
})

interface Task {
  task_id: string
  cron: string | null
  next_run: string | null
  held: string | null
}

describe('scheduled tasks that the next version does not have', () => {
  let platform: TestPlatform
  const patience = { timeout: 15_000, interval: 50 }
  const taskOf = async (id: string) => {
    const { tasks } = await platform.api<{ tasks: Task[] }>('GET', '/plugins/planner/tasks')
    return tasks.find(({ task_id }) => task_id === id)
  }
  const outcomes = async (id: string) => {
    const { runs } = await platform.api<{ runs: { outcome: string }[] }>(
      'GET',
      `/plugins/planner/tasks/${id}/runs`,
    )
    return runs.map(({ outcome }) => outcome)
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.run(
      planner(
        '1.0.0',
        `plugin.task('sweep', ran('sweep'), { cron: '${yearly}' })
         plugin.task('report', ran('report'), { cron: '${yearly}' })
         plugin.task('count', ran('count'))`,
      ),
    )
    await platform.route('POST', '/plugins/planner/once', { delay: '1h', name: 'count', id: 'later' })
    await platform.publish(
      planner(
        '2.0.0',
        `plugin.task('sweep', ran('sweep')); plugin.task('tidy', ran('tidy'), { cron: '${yearly}' })`,
      ),
    )
    await platform.api('POST', '/plugins/planner/update', { version: '2.0.0' })
  })
  afterAll(() => platform.close())

  it('are held, and say why', async () => {
    expect(await taskOf('report')).toMatchObject({
      held: 'Version 2.0.0 has no task "report"',
      next_run: null,
    })
    expect(await taskOf('later')).toMatchObject({ held: 'Version 2.0.0 has no task "count"', next_run: null })
    const { logs } = await platform.api<{ logs: { message: string }[] }>('GET', '/plugins/planner/logs')
    expect(logs.map(({ message }) => message)).toContain(
      'The schedule of task "report" is held: Version 2.0.0 has no task "report"',
    )
  })

  it('are held as well where only the times are gone that the code declared', async () => {
    expect(await taskOf('sweep')).toMatchObject({ held: 'Version 2.0.0 declares no times for task "sweep"' })
  })

  it('do not run at their time', async () => {
    await platform.server.database.executeSql(
      `update pgboss.job set start_after = now()
       where id not in (select job_id from plugin_tasks where job_id is not null)`,
    )
    await platform.route('POST', '/plugins/planner/once', { delay: 0, name: 'tidy', id: 'now' })
    await vi.waitFor(async () => expect(await outcomes('now')).toEqual(['succeeded']), patience)
    expect(await platform.route('GET', '/plugins/planner/ran')).not.toContain('report')
    expect(await taskOf('report')).toMatchObject({ held: expect.any(String) })
  })

  it('cannot be run by hand', async () => {
    await platform.api('POST', '/plugins/planner/tasks/report/run', {}, 404)
  })

  it('are kept through a restart of the plugin', async () => {
    await platform.api('POST', '/plugins/planner/disable')
    await platform.api('POST', '/plugins/planner/enable')
    expect(await taskOf('report')).toMatchObject({ held: expect.any(String) })
  })

  it('come back with the version that has them', async () => {
    const { rows } = await platform.server.database.executeSql(
      `update plugin_tasks set run_at = now() - interval '1 minute' where task_id = 'later' returning task_id`,
    )
    expect(rows).toHaveLength(1)
    await platform.api('POST', '/plugins/planner/rollback')
    for (const id of ['report', 'sweep']) {
      const next_run = `${new Date().getUTCFullYear() + 1}-01-01T00:00:00.000Z`
      expect(await taskOf(id)).toMatchObject({ cron: yearly, held: null, next_run })
    }
    expect(await taskOf('tidy')).toMatchObject({ held: 'Version 1.0.0 has no task "tidy"' })
    await vi.waitFor(async () => expect(await outcomes('later')).toEqual(['succeeded']), patience)
    expect(await platform.route('GET', '/plugins/planner/ran')).toEqual(['tidy', 'count'])
  })
})
