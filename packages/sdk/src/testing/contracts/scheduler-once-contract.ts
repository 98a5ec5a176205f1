import type { SchedulerTest } from './scheduler-under-test.js'

/** Tasks that run once. */
export function testOnceTasks(test: SchedulerTest): void {
  test('runAt runs a function once, at its date, with its arguments, and is listed until then', async (made) => {
    const { scheduler, now, advance, expect, calls, record } = made
    const date = new Date(now() + 90_000)
    const moment = date.toISOString()
    expect(await scheduler.runAt(date, record, { taskId: 'report', args: { page: 1 } })).toBe('report')
    expect(await scheduler.getTasks()).toEqual([
      {
        task_id: 'report',
        name: 'report',
        kind: 'once',
        cron: null,
        timezone: null,
        run_at: moment,
        args: { page: 1 },
        next_run: moment,
        last_run: null,
        last_error: null,
        last_duration_ms: null,
        runs: 0,
        failures: 0,
      },
    ])
    await advance('89s')
    expect(calls).toEqual([])
    await advance('2s')
    expect(calls).toEqual([{ args: { page: 1 }, taskId: 'report', at: moment, scheduledFor: moment }])
    expect(await scheduler.getTasks()).toEqual([])
    await advance('1h')
    expect(calls.length).toBe(1)
  })

  test('runIn runs a registered task by its name; without arguments it gets null', async (made) => {
    const { scheduler, tasks, advance, expect, calls, record } = made
    tasks.register('train_model', record)
    const id = await scheduler.runIn('5m', 'train_model')
    await scheduler.runIn(60_000, 'train_model', { taskId: 'soon' })
    await advance('5m')
    expect(calls.map(({ args, taskId }) => [args, taskId])).toEqual([
      [null, 'soon'],
      [null, id],
    ])
  })

  test('a date that has passed runs at once', async ({ scheduler, now, advance, expect, calls, record }) => {
    await scheduler.runAt(new Date(now() - 3_600_000), record)
    await advance('1s')
    expect(calls.length).toBe(1)
  })

  test('a wait longer than a timer can count is waited for', async ({
    scheduler,
    advance,
    expect,
    calls,
    record,
  }) => {
    await scheduler.runIn('26d', record)
    await advance('25d')
    expect(calls.length).toBe(0)
    await advance('1d')
    expect(calls.length).toBe(1)
  })

  test('two functions of one name are two tasks', async ({ scheduler, advance, expect }) => {
    const ran: number[] = []
    const make = (id: number) => {
      const poll = () => {
        ran.push(id)
      }
      return poll
    }
    await scheduler.runIn('1m', make(1))
    await scheduler.runIn('2m', make(2))
    await scheduler.runIn('3m', () => ran.push(3))
    await scheduler.runIn('4m', () => ran.push(4))
    await advance('5m')
    expect(ran).toEqual([1, 2, 3, 4])
  })
}
