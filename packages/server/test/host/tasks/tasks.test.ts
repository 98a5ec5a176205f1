import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { KEPT_RUNS, pruneRuns } from '../../../src/host/tasks/task-runs.js'
import type { PluginSource } from '../build-plugin.js'
import { pidOf, startTestPlatform, type TestPlatform } from '../test-platform.js'

/** Its task waits until it is told to go on, and keeps what it was called with. */
const worker: PluginSource = {
  id: 'worker',
  code: `
    let open = []
    const log = (entry) => plugin.storage.update('log', (log = []) => [...log, entry])
    plugin.task('wait', async (args, { scheduledFor }) => {
      await log(['begin', args, scheduledFor.toISOString()])
      await new Promise((resolve) => open.push(resolve))
      await log(['end', args])
    })
    plugin.task('patient', async (args, { signal }) => {
      await log(['begin', 'patient'])
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await log(['aborted', 'patient'])
      signal.throwIfAborted()
    })
    plugin.task('note', (args) => log(['note', args]))
    plugin.task('fail', () => { throw new Error('out of paper') })
    plugin.route('/go', { methods: ['POST'] }, () => {
      const count = open.length
      for (const resolve of open) resolve()
      open = []
      return count
    })
    plugin.route('/schedule', { methods: ['POST'] }, async ({ body: { cron, name, ...options } }) =>
      ({ id: await plugin.scheduler.schedule(cron, name, undefined, options) }))
    plugin.route('/once', { methods: ['POST'] }, async ({ body }) =>
      ({ id: await plugin.scheduler.runIn(0, body.name, { taskId: body.id, args: body.args }) }))
    plugin.route('/cancel', { methods: ['POST'] }, ({ body }) => plugin.scheduler.cancel(body.id))
    plugin.route('/cancel-all', { methods: ['POST'] }, () => plugin.scheduler.cancelAll())
    plugin.route('/log', { methods: ['GET'] }, () => plugin.storage.get('log', []))
  `,
}

interface Run {
  id: string
  trigger: string
  outcome: string
  error: string | null
  scheduled_for: string
  started_at: string | null
  duration_ms: number | null
}

describe('tasks of a plugin', () => {
  let platform: TestPlatform
  const patience = { timeout: 15_000, interval: 50 }
  const route = (path: string, json: object = {}) => platform.route('POST', `/plugins/worker/${path}`, json)
  const log = () => platform.route<unknown[][]>('GET', '/plugins/worker/log')
  const runsOf = async (task: string) => {
    const { runs } = await platform.api<{ runs: Run[] }>(
      'GET',
      `/plugins/worker/tasks/${task}/runs?page_size=1000`,
    )
    return runs
  }
  const runNow = (task: string, json: object = {}, status = 202) =>
    platform.api('POST', `/plugins/worker/tasks/${task}/run`, json, status)
  const outcomes = async (task: string) => (await runsOf(task)).map(({ outcome }) => outcome)
  const tasks = async () => {
    const { tasks } = await platform.api<{ tasks: { task_id: string; runs: number; failures: number }[] }>(
      'GET',
      '/plugins/worker/tasks',
    )
    return tasks
  }
  /** What the database knows of a task's next moment moves into the past, as after a time in which nothing ran. */
  const sleepUntilAfter = async (task: string, minutes: number) => {
    const { database } = platform.server
    await database.executeSql(
      `update plugin_tasks set next_run = date_trunc('minute', now()) - $2 * interval '1 minute' where task_id = $1`,
      [task, minutes],
    )
    await database.executeSql(
      `update pgboss.job set start_after = now() where id = (select job_id from plugin_tasks where task_id = $1)`,
      [task],
    )
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.run(worker)
  })
  afterAll(() => platform.close())

  it('are run by an operator, with arguments, and each run is in the history', async () => {
    const { id } = await runNow('note', { args: { by: 'hand' } })
    await vi.waitFor(async () => expect(await log()).toContainEqual(['note', { by: 'hand' }]), patience)
    await vi.waitFor(async () => {
      expect(await runsOf('note')).toMatchObject([
        { id, trigger: 'operator', outcome: 'succeeded', error: null, duration_ms: expect.any(Number) },
      ])
    }, patience)
  })

  it('that fail say why', async () => {
    await runNow('fail')
    await vi.waitFor(async () => {
      expect(await runsOf('fail')).toMatchObject([{ outcome: 'failed', error: 'out of paper' }])
    }, patience)
  })

  it('are refused when there is no such task, no such plugin, or the plugin is not enabled', async () => {
    await runNow('absent', {}, 404)
    await platform.api('GET', '/plugins/worker/tasks/absent/runs', undefined, 404)
    await platform.api('POST', '/plugins/absent/tasks/note/run', {}, 404)
    await platform.publish({ id: 'resting', code: `plugin.task('note', () => {})` })
    await platform.api('POST', '/plugins/install', { plugin_id: 'resting' })
    await platform.api('POST', '/plugins/resting/tasks/note/run', {}, 409)
  })

  it('run once by date, and are forgotten but for their history', async () => {
    await route('once', { id: 'once-1', name: 'note', args: 7 })
    await vi.waitFor(async () => expect(await outcomes('once-1')).toEqual(['succeeded']), patience)
    expect(await log()).toContainEqual(['note', 7])
    expect((await tasks()).map(({ task_id }) => task_id)).not.toContain('once-1')
  })

  describe('that are due while the last run goes on', () => {
    const everySecond = '* * * * * *'
    const begin = async (overlap: string) => {
      await route('schedule', { cron: everySecond, name: 'wait', overlap, args: overlap })
      await vi.waitFor(async () => expect(await outcomes('wait')).toContain('running'), patience)
    }
    const end = async () => {
      await route('cancel', { id: 'wait' })
      await vi.waitFor(async () => {
        await route('go')
        expect((await outcomes('wait')).some((outcome) => ['running', 'queued'].includes(outcome))).toBe(
          false,
        )
      }, patience)
      await platform.server.database.executeSql('delete from plugin_task_runs', [])
    }
    const count = async (outcome: string) => (await outcomes('wait')).filter((one) => one === outcome).length

    it('are left out, as "skip" says, and that is in the history', async () => {
      await begin('skip')
      await vi.waitFor(async () => expect(await count('skipped')).toBeGreaterThanOrEqual(2), patience)
      expect(await count('running')).toBe(1)
      const problem = await runNow('wait', {}, 409)
      expect(problem.detail).toContain('"skip"')
      await end()
    })

    it('wait for it, as "queue" says', async () => {
      await begin('queue')
      await vi.waitFor(async () => expect(await count('queued')).toBeGreaterThanOrEqual(2), patience)
      expect(await count('running')).toBe(1)
      await runNow('wait', { args: 'asked for' })
      await route('cancel', { id: 'wait' })
      expect(await count('queued')).toBe(0)
      expect(await count('cancelled')).toBeGreaterThanOrEqual(3)
      await end()
    })

    it('follow each other in order, as "queue" says', async () => {
      await route('schedule', { cron: '0 0 1 1 *', name: 'wait', overlap: 'queue' })
      for (const args of ['a', 'b', 'c']) await runNow('wait', { args })
      const begun = async () =>
        (await log()).filter(([what, args]) => what === 'begin' && 'abc'.includes(String(args)))
      for (const [index] of ['a', 'b', 'c'].entries()) {
        await vi.waitFor(async () => expect(await begun()).toHaveLength(index + 1), patience)
        expect(await count('running')).toBe(1)
        await vi.waitFor(async () => expect(await route('go')).toBe(1), patience)
      }
      expect((await begun()).map(([, args]) => args)).toEqual(['a', 'b', 'c'])
      await end()
    })

    it('run beside it, as "allow" says', async () => {
      await begin('allow')
      await vi.waitFor(async () => expect(await count('running')).toBeGreaterThanOrEqual(3), patience)
      await end()
    })
  })

  it('that are due while others take all workers wait, and none is left out', async () => {
    const hogs = ['hog-1', 'hog-2', 'hog-3', 'hog-4']
    for (const id of hogs) await route('once', { id, name: 'wait' })
    for (const id of hogs)
      await vi.waitFor(async () => expect(await outcomes(id)).toEqual(['running']), patience)
    await platform.server.database.executeSql('delete from plugin_task_runs where task_id = $1', ['note'])
    await route('schedule', { cron: '* * * * * *', name: 'note', overlap: 'queue' })
    await vi.waitFor(async () => expect(await outcomes('note')).toEqual(['queued', 'queued']), patience)
    await route('go')
    await vi.waitFor(async () => expect(await outcomes('note')).toContain('succeeded'), patience)
    await route('cancel', { id: 'note' })
    const times = (await runsOf('note')).map(({ scheduled_for }) => Date.parse(scheduled_for))
    const steps = times.slice(1).map((time, index) => (times[index] ?? 0) - time)
    expect(steps).toEqual(steps.map(() => 1_000))
    for (const id of hogs)
      await vi.waitFor(async () => expect(await outcomes(id)).toEqual(['succeeded']), patience)
  })

  it('that another node took over are left to it', async () => {
    const { database } = platform.server
    const ids = ['lost-1', 'lost-2', 'lost-3', 'lost-4']
    for (const id of ids) await route('once', { id, name: 'wait' })
    for (const id of ids)
      await vi.waitFor(async () => expect(await outcomes(id)).toEqual(['running']), patience)
    await database.executeSql(
      `with lost as (
        update plugin_task_runs set outcome = 'interrupted' where task_id = any($1::text[]) returning *
      )
      insert into plugin_task_runs
        (id, installation_id, task_id, name, trigger, outcome, scheduled_for, started_at, job_id)
      select gen_random_uuid(), installation_id, task_id, name, trigger, 'running', scheduled_for, now(), job_id
      from lost`,
      [ids],
    )
    await database.executeSql('delete from plugin_task_runs where task_id = $1', ['note'])
    await runNow('note')
    await route('go')
    // A worker is free again: what it did is done.
    await vi.waitFor(async () => expect(await outcomes('note')).toEqual(['succeeded']), patience)
    const { rows } = await database.executeSql(
      `select distinct task_id from plugin_task_runs join pgboss.job on job.id = job_id
       where task_id = any($1::text[]) and outcome = 'running' order by 1`,
      [ids],
    )
    expect(rows).toEqual(ids.map((task_id) => ({ task_id })))
    for (const id of ids) await route('cancel', { id })
  })

  it('of which too many wait already are left out, and that is in the history', async () => {
    const { database } = platform.server
    await database.executeSql('delete from plugin_task_runs', [])
    await database.executeSql(
      `insert into plugin_task_runs (id, installation_id, task_id, name, trigger, outcome, scheduled_for)
       select gen_random_uuid(), id, 'note', 'note', 'schedule', 'queued', now()
       from installations, generate_series(1, 1000) where plugin_id = $1`,
      ['worker'],
    )
    await route('schedule', { cron: '0 0 1 1 *', name: 'note', overlap: 'allow' })
    expect((await runNow('note', {}, 409)).detail).toContain('as may wait')
    const { rows } = await database.executeSql(
      `select error from plugin_task_runs where task_id = $1 and outcome = 'skipped'`,
      ['note'],
    )
    expect(rows).toEqual([{ error: '1000 runs are waiting already' }])
    await route('cancel', { id: 'note' })
  })

  describe('that were missed while nothing ran', () => {
    it.each([
      ['skip', 0],
      ['one', 1],
      ['all', 6],
    ])('are made up for as "%s" says: %d runs', async (misfire, expected) => {
      const id = 'note'
      await platform.server.database.executeSql('delete from plugin_task_runs', [])
      // Every ten minutes, but not now: the latest missed one must not count as on time.
      const past = new Date(Date.now() - 5 * 60_000)
      const minutes = Array.from({ length: 6 }, (_, index) => (past.getUTCMinutes() + index * 10) % 60)
      const cron = `${minutes.toSorted((a, b) => a - b).join(',')} * * * *`
      await route('schedule', { cron, name: id, misfire })
      await platform.api('POST', '/plugins/worker/disable')
      await sleepUntilAfter(id, 59)
      await platform.api('POST', '/plugins/worker/enable')
      await vi.waitFor(async () => {
        const { rows } = await platform.server.database.executeSql(
          'select next_run > now() as is_ahead from plugin_tasks where task_id = $1',
          [id],
        )
        expect(rows).toEqual([{ is_ahead: true }])
        const done = await outcomes(id)
        expect(done).toEqual(Array.from({ length: expected }, () => 'succeeded'))
      }, patience)
      await route('cancel', { id })
    })
  })

  it('run again when their plugin was stopped under them, and the history tells', {
    timeout: 30_000,
  }, async () => {
    await platform.server.database.executeSql('delete from plugin_task_runs', [])
    await route('once', { id: 'cut', name: 'wait', args: 'cut' })
    await vi.waitFor(async () => expect(await outcomes('cut')).toEqual(['running']), patience)
    await platform.api('POST', '/plugins/worker/disable')
    expect(await outcomes('cut')).toEqual(['queued', 'interrupted'])
    await platform.api('POST', '/plugins/worker/enable')
    await vi.waitFor(async () => expect(await outcomes('cut')).toEqual(['running', 'interrupted']), patience)
    await vi.waitFor(async () => expect(await route('go')).toBe(1), patience)
    await vi.waitFor(
      async () => expect(await outcomes('cut')).toEqual(['succeeded', 'interrupted']),
      patience,
    )
    expect((await tasks()).map(({ task_id }) => task_id)).not.toContain('cut')
  })

  it.each([
    ['one by one', () => route('cancel', { id: 'patient' })],
    ['all together', () => route('cancel-all')],
  ])('that are cancelled while they run, %s, are cut off: their signal aborts', async (_how, cancel) => {
    await platform.server.database.executeSql('delete from plugin_task_runs', [])
    const aborted = async () => (await log()).filter(([what]) => what === 'aborted').length
    const before = await aborted()
    await route('schedule', { cron: '0 0 1 1 *', name: 'patient', overlap: 'queue' })
    await runNow('patient')
    await runNow('patient')
    await vi.waitFor(async () => expect(await outcomes('patient')).toEqual(['queued', 'running']), patience)
    await cancel()
    expect(await runsOf('patient')).toMatchObject([
      { outcome: 'cancelled', error: null },
      { outcome: 'cancelled', error: 'It was cancelled while it ran', duration_ms: expect.any(Number) },
    ])
    await vi.waitFor(async () => expect(await aborted()).toBe(before + 1), patience)
    // What is scheduled next under this name has its own end.
    await route('once', { id: 'patient', name: 'note' })
    await vi.waitFor(
      async () => expect(await outcomes('patient')).toEqual(['succeeded', 'cancelled', 'cancelled']),
      patience,
    )
  })

  it('that end their process have failed, and are not run again', { timeout: 30_000 }, async () => {
    await route('once', { id: 'killed', name: 'wait' })
    await vi.waitFor(async () => expect(await outcomes('killed')).toEqual(['running']), patience)
    process.kill(await pidOf(platform, 'worker'), 'SIGKILL')
    await vi.waitFor(async () => expect(await outcomes('killed')).toEqual(['failed']), patience)
  })

  it('keep the latest runs of each task', async () => {
    const { database } = platform.server
    await database.executeSql(
      `insert into plugin_task_runs (id, installation_id, task_id, name, trigger, outcome, scheduled_for)
       select gen_random_uuid(), id, 'note', 'note', 'schedule', 'succeeded', now()
       from installations, generate_series(1, 150) where plugin_id = 'worker'`,
      [],
    )
    await pruneRuns(database.kysely)
    expect(await runsOf('note')).toHaveLength(KEPT_RUNS)
  })
})
