import { describe, expect, it, vi } from 'vitest'
import { createLocalScheduler } from '../../src/scheduler/local-scheduler.js'
import { createTaskRegistry } from '../../src/scheduler/task-registry.js'
import { createFakeClock } from '../../src/testing/fake-clock.js'
import { hanging, setUp } from './local-scheduler-setup.js'

describe('a paused scheduler', () => {
  it('runs nothing; resumed it runs the dates that passed, and cron goes on', async () => {
    const { scheduler, clock, times, record } = setUp()
    await scheduler.schedule('0 * * * *', 'hourly', record)
    await scheduler.runIn('30m', record)
    scheduler.pause()
    await clock.advance('150m')
    expect(times).toEqual([])
    scheduler.resume()
    await clock.advance('1s')
    expect(times).toEqual(['00:30:00'])
    await clock.advance('30m')
    expect(times).toEqual(['00:30:00', '03:00:00'])
  })

  it('drops runs that wait in a queue', async () => {
    const { scheduler, clock } = setUp()
    const { state, handler } = hanging()
    await scheduler.schedule('* * * * *', 'slow', handler, { overlap: 'queue' })
    await clock.advance('3m')
    scheduler.pause()
    state.finish()
    await clock.advance('1m')
    expect(state.started).toBe(1)
  })
})

describe('stop', () => {
  it('waits for what runs, and starts nothing new', async () => {
    const { scheduler, clock, times, record } = setUp()
    const { state, handler } = hanging()
    await scheduler.runIn('1s', handler)
    await scheduler.schedule('* * * * * *', 'poll', record)
    await clock.advance('1s')
    let stopped = false
    const stopping = scheduler.stop().then(() => {
      stopped = true
    })
    await clock.advance('5s')
    expect([stopped, times.length, state.signal?.aborted]).toEqual([false, 1, false])
    await expect(scheduler.runIn('1s', record)).rejects.toMatchObject({ code: 'scheduler_stopped' })
    state.finish()
    await stopping
    expect(await scheduler.getTasks()).toEqual([])
  })

  it('aborts the signals when the time is over, which is no failure', async () => {
    const { scheduler, clock, logger } = setUp()
    const { state, handler } = hanging()
    await scheduler.runIn('1s', handler)
    await clock.advance('1s')
    const stopping = scheduler.stop({ timeout: '5s' })
    await clock.advance('4s')
    expect(state.signal?.aborted).toBe(false)
    await clock.advance('1s')
    await stopping
    expect(state.signal?.reason).toMatchObject({ code: 'scheduler_stopped' })
    expect(logger.error).not.toHaveBeenCalled()
  })

  it('gives up on a handler that ignores its signal, and says so', async () => {
    const { scheduler, clock, logger } = setUp()
    await scheduler.runIn('1s', () => new Promise(() => undefined))
    await clock.advance('1s')
    const stopping = scheduler.stop({ timeout: '5s' })
    await clock.advance('6s')
    await stopping
    expect(logger.warning).toHaveBeenCalledWith(expect.stringContaining('1 task runs go on'))
  })

  it('leaves a scheduler that works again after resume', async () => {
    const { scheduler, clock, times, record } = setUp()
    await scheduler.stop()
    await scheduler.resume()
    await scheduler.runIn('1s', record)
    await clock.advance('1s')
    expect(times.length).toBe(1)
  })
})

describe('cancel', () => {
  it('aborts the signal of a run that goes on', async () => {
    const { scheduler, clock, logger } = setUp()
    const { state, handler } = hanging()
    await scheduler.schedule('* * * * *', 'slow', handler)
    await clock.advance('1m')
    expect(await scheduler.cancel('slow')).toBe(true)
    expect(state.signal?.reason).toMatchObject({ code: 'task_cancelled' })
    await clock.advance('5m')
    expect(state.started).toBe(1)
    expect(logger.error).not.toHaveBeenCalled()
  })
})

describe('replacing', () => {
  it('lets a run that goes on finish, and does not repeat it', async () => {
    const { scheduler, clock, times, record } = setUp()
    const { state, handler } = hanging()
    await scheduler.runIn('1s', handler, { taskId: 'job' })
    await clock.advance('1s')
    await scheduler.runIn('1h', record, { taskId: 'job' })
    expect(state.signal?.aborted).toBe(false)
    state.finish()
    await clock.advance('1s')
    expect((await scheduler.getTasks()).map(({ task_id }) => task_id)).toEqual(['job'])
    await clock.advance('1h')
    expect(times).toEqual(['01:00:01'])
  })

  it('by itself lets a task run again and again', async () => {
    const { scheduler, clock } = setUp()
    let runs = 0
    const poll = async () => {
      runs++
      await scheduler.runIn('1m', poll, { taskId: 'poll' })
    }
    await poll()
    await clock.advance('5m')
    expect(runs).toBe(6)
    expect((await scheduler.getTasks()).length).toBe(1)
  })
})

describe('a failing task', () => {
  it('is logged with the error itself, and told to onError', async () => {
    const onError = vi.fn()
    const { scheduler, clock, logger } = setUp({ onError })
    const failure = new Error('no connection')
    await scheduler.runIn('1s', () => Promise.reject(failure), { taskId: 'sync' })
    await clock.advance('1s')
    expect(logger.error).toHaveBeenCalledWith('Task "sync" failed: no connection', {
      task_id: 'sync',
      error: failure,
    })
    expect(onError).toHaveBeenCalledWith(failure, {
      taskId: 'sync',
      scheduledFor: new Date('2026-01-01T00:00:01Z'),
    })
  })

  it('is shown on the console when nobody else listens', async () => {
    const shown = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const clock = createFakeClock()
    const scheduler = createLocalScheduler({ tasks: createTaskRegistry(), clock })
    const failure = new Error('no connection')
    await scheduler.runIn('1s', () => Promise.reject(failure), { taskId: 'sync' })
    await clock.advance('1s')
    expect(shown).toHaveBeenCalledWith('Task "sync" failed:', failure)
    shown.mockRestore()
  })

  it('shows how long it ran', async () => {
    const { scheduler, clock } = setUp()
    const { state, handler } = hanging()
    await scheduler.schedule('0 * * * *', 'slow', handler)
    await clock.advance('1h')
    await clock.advance('20s')
    state.finish()
    await clock.advance('1s')
    expect((await scheduler.getTasks())[0]).toMatchObject({
      last_duration_ms: 20_000,
      last_run: '2026-01-01T01:00:00.000Z',
    })
  })
})

describe('handlers given as functions', () => {
  it('leave no made-up names behind', async () => {
    const { scheduler, clock, tasks } = setUp()
    await scheduler.runIn('1s', () => undefined)
    const [task] = await scheduler.getTasks()
    expect(tasks.has(task?.name ?? '')).toBe(true)
    await clock.advance('1s')
    expect(tasks.has(task?.name ?? '')).toBe(false)
  })

  it('are refused at once when they are none', async () => {
    const { scheduler } = setUp()
    // @ts-expect-error a name where a function belongs
    await expect(scheduler.schedule('* * * * *', 'tidy', 'tidy_up')).rejects.toThrow(
      'The handler of the task "tidy" is "tidy_up": expected a function',
    )
    // @ts-expect-error options where a function belongs
    await expect(scheduler.runIn('1s', { taskId: 'tidy' })).rejects.toMatchObject({ code: 'handler_invalid' })
    expect(await scheduler.getTasks()).toEqual([])
  })

  it('do not take over the name of a registered task by accident', async () => {
    const { scheduler, clock, tasks, times, record } = setUp()
    const other = vi.fn()
    tasks.register('train', record)
    await scheduler.runIn('1s', other, { taskId: 'train' })
    await clock.advance('1s')
    expect(other).toHaveBeenCalledOnce()
    await scheduler.runIn('1s', 'train')
    await clock.advance('1s')
    expect(times.length).toBe(1)
  })
})

describe('the system clock', () => {
  it('drives the scheduler unless another one is given', async () => {
    const scheduler = createLocalScheduler({ tasks: createTaskRegistry() })
    const handler = vi.fn()
    await scheduler.runIn(5, handler)
    await vi.waitFor(() => expect(handler).toHaveBeenCalledOnce())
    await scheduler.stop()
  })
})
