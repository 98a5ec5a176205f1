import type { SchedulerTest } from './scheduler-under-test.js'
import { rejection } from './test-runner.js'

/** What holds for every task. */
export function testAnyTasks(test: SchedulerTest): void {
  test('scheduling an id again replaces the task', async ({ scheduler, advance, expect }) => {
    const ran: string[] = []
    await scheduler.runIn('1m', () => ran.push('first'), { taskId: 'job' })
    await scheduler.runIn('2m', () => ran.push('second'), { taskId: 'job' })
    await scheduler.schedule('* * * * *', 'cron', () => ran.push('third'))
    await scheduler.schedule('0 0 1 1 *', 'cron', () => ran.push('fourth'))
    expect((await scheduler.getTasks()).map(({ task_id }) => task_id)).toEqual(['cron', 'job'])
    await advance('5m')
    expect(ran).toEqual(['second'])
  })

  test('cancel and cancelAll forget tasks', async ({ scheduler, advance, expect, calls, record }) => {
    const id = await scheduler.runIn('1m', record)
    await scheduler.schedule('* * * * *', 'poll', record)
    await scheduler.runIn('1m', record, { taskId: 'later' })
    expect(await scheduler.cancel(id)).toBe(true)
    expect(await scheduler.cancel(id)).toBe(false)
    expect(await scheduler.cancelAll()).toBe(2)
    expect(await scheduler.getTasks()).toEqual([])
    await advance('5m')
    expect(calls).toEqual([])
  })

  test('a failure, thrown or rejected, is recorded and stops neither the task nor others', async (made) => {
    const { scheduler, advance, expect, calls, record } = made
    let runs = 0
    await scheduler.schedule('* * * * *', 'sync', () => {
      runs++
      if (runs === 1) throw new Error('first failed')
    })
    await scheduler.schedule('* * * * *', 'async', async () => {
      throw new Error('always fails')
    })
    await scheduler.schedule('* * * * *', 'well', record)
    await advance('1m')
    const messages = async () =>
      (await scheduler.getTasks()).map((task) => [task.last_error, task.runs, task.failures])
    expect(await messages()).toEqual([
      ['always fails', 1, 1],
      ['first failed', 1, 1],
      [null, 1, 0],
    ])
    await advance('1m')
    expect(await messages()).toEqual([
      ['always fails', 2, 2],
      [null, 2, 1],
      [null, 2, 0],
    ])
    expect(calls.length).toBe(2)
  })

  test('a one-shot that fails is not listed any more', async ({ scheduler, advance, expect }) => {
    await scheduler.runIn('1m', () => {
      throw new Error('no')
    })
    await advance('2m')
    expect(await scheduler.getTasks()).toEqual([])
  })

  test('arguments are copied, and refused where JSON cannot carry them', async ({
    scheduler,
    advance,
    expect,
    calls,
    record,
  }) => {
    const args = { list: [1] }
    await scheduler.runIn('1m', record, { args })
    args.list.push(2)
    await advance('1m')
    expect(calls[0]?.args).toEqual({ list: [1] })
    const error = await rejection(scheduler.runIn('1m', record, { args: { at: new Date(0) } }))
    expect([error.code, error.path]).toEqual(['task_args_invalid', 'args.at'])
  })

  test('unknown tasks, bad ids, dates and delays are refused', async ({ scheduler, expect, record }) => {
    const codes = [
      rejection(scheduler.runIn('1m', 'nobody')),
      rejection(scheduler.schedule('* * * * *', 'nobody')),
      rejection(scheduler.runIn('1m', record, { taskId: 'a b' })),
      rejection(scheduler.runIn('1m', record, { taskId: '..' })),
      rejection(scheduler.schedule('* * * * *', '../x', record)),
      rejection(scheduler.runAt(new Date('nonsense'), record)),
      rejection(scheduler.runIn('soon', record)),
      rejection(scheduler.runIn(-1, record)),
    ]
    expect((await Promise.all(codes)).map(({ code }) => code)).toEqual([
      ...['task_unknown', 'task_unknown', 'task_id_invalid', 'task_id_invalid', 'task_id_invalid'],
      ...['task_date_invalid', 'duration_invalid', 'duration_invalid'],
    ])
    expect(await scheduler.getTasks()).toEqual([])
  })
}
