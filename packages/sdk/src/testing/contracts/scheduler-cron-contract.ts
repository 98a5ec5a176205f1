import type { SchedulerTest } from './scheduler-under-test.js'
import { rejection } from './test-runner.js'

/** Tasks that run again and again. */
export function testCronTasks(test: SchedulerTest): void {
  test('schedule runs at every time the expression names', async ({
    scheduler,
    now,
    advance,
    expect,
    calls,
    record,
  }) => {
    const start = now()
    expect(await scheduler.schedule('*/5 * * * *', 'poll', record, { args: ['a'] })).toBe('poll')
    const [task] = await scheduler.getTasks()
    expect([task?.kind, task?.cron, task?.timezone, task?.run_at]).toEqual([
      'cron',
      '*/5 * * * *',
      'UTC',
      null,
    ])
    await advance('15m')
    expect(calls.length).toBe(3)
    for (const call of calls) {
      expect([call.args, call.taskId]).toEqual([['a'], 'poll'])
      expect(Date.parse(call.scheduledFor) % 300_000).toBe(0)
      expect(Date.parse(call.at) - start).toBeGreaterThan(0)
    }
    const [after] = await scheduler.getTasks()
    expect([after?.runs, after?.failures, after?.last_error]).toEqual([3, 0, null])
    expect(Date.parse(after?.next_run ?? '')).toBeGreaterThan(now())
  })

  test('six fields begin with seconds', async ({ scheduler, advance, expect, calls, record }) => {
    await scheduler.schedule('*/20 * * * * *', 'poll', record)
    await advance('1m')
    expect(calls.length).toBe(3)
  })

  test('a time zone moves the time of day', async ({ scheduler, tasks, expect, record }) => {
    tasks.register('daily', record)
    await scheduler.schedule('0 9 * * *', 'daily', undefined, { timezone: 'Asia/Tokyo' })
    const [task] = await scheduler.getTasks()
    expect(task?.timezone).toBe('Asia/Tokyo')
    expect(task?.next_run?.slice(10)).toBe('T00:00:00.000Z')
  })

  test('a run that is due while the last goes on is skipped, queued or allowed', async (made) => {
    const { scheduler, advance, expect } = made
    const started = { skip: 0, queue: 0, allow: 0 }
    const finish: (() => void)[] = []
    const hang = (name: keyof typeof started) => async () => {
      started[name]++
      await new Promise<void>((resolve) => finish.push(resolve))
    }
    for (const overlap of ['skip', 'queue', 'allow'] as const) {
      await scheduler.schedule('* * * * *', overlap, hang(overlap), { overlap })
    }
    await advance('3m')
    expect(started).toEqual({ skip: 1, queue: 1, allow: 3 })
    for (const done of finish.splice(0)) done()
    await advance('1s')
    expect(started).toEqual({ skip: 1, queue: 2, allow: 3 })
    await scheduler.cancelAll()
    for (const done of finish.splice(0)) done()
  })

  test('what is no cron expression or time zone is refused, naming it', async ({
    scheduler,
    expect,
    record,
  }) => {
    for (const text of [
      'not a cron',
      '',
      '61 * * * *',
      '* * * *',
      '0 0 31 2 *',
      '2026-01-01T00:00:00',
      '* * * * * * *',
    ]) {
      const error = await rejection(scheduler.schedule(text, 'poll', record))
      expect(error.code).toBe('cron_invalid')
      expect(error.message).toContain(JSON.stringify(text))
    }
    const error = await rejection(scheduler.schedule('* * * * *', 'poll', record, { timezone: 'Mars/Base' }))
    expect(error.code).toBe('timezone_invalid')
    expect(error.message).toContain('Mars/Base')
    expect(await scheduler.getTasks()).toEqual([])
  })
}
