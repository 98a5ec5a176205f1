import { describe, expect, it, vi } from 'vitest'
import { createLocalScheduler, type LocalSchedulerOptions } from '../../src/scheduler/local-scheduler.js'
import type { TaskContext } from '../../src/scheduler/scheduler.js'
import { createTaskRegistry } from '../../src/scheduler/task-registry.js'
import { createFakeClock } from '../../src/testing/fake-clock.js'

const HOUR = 3_600_000

function setUp(options: Partial<LocalSchedulerOptions> = {}, start = '2026-01-01T00:00:00Z') {
  const clock = createFakeClock(new Date(start))
  const tasks = createTaskRegistry()
  const logger = { warning: vi.fn(), error: vi.fn() }
  const scheduler = createLocalScheduler({ tasks, clock, logger, ...options })
  const times: string[] = []
  const record = (_: unknown, { scheduledFor }: TaskContext) => {
    times.push(scheduledFor.toISOString().slice(11, 19))
  }
  return { clock, tasks, logger, scheduler, times, record }
}

/** A handler that goes on until its signal is aborted or it is told to finish. */
function hanging() {
  const state: { signal?: AbortSignal; started: number; finish: () => void } = {
    started: 0,
    finish: () => undefined,
  }
  const handler = async (_: unknown, { signal }: TaskContext) => {
    state.started++
    state.signal = signal
    await new Promise<void>((resolve, reject) => {
      state.finish = resolve
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  }
  return { state, handler }
}

describe('a missed cron run', () => {
  const sleepThrough = async (misfire: 'skip' | 'one' | 'all') => {
    const { scheduler, clock, times, record, logger } = setUp()
    await scheduler.schedule('0 * * * *', 'hourly', record, { misfire })
    await clock.advance('1h')
    clock.jump(3.5 * HOUR)
    await clock.advance('1m')
    const atOnce = [...times]
    await clock.advance('29m')
    return { atOnce, later: times.slice(atOnce.length), warnings: logger.warning.mock.calls.length }
  }

  it('is made up for by one run with "one"', async () => {
    expect(await sleepThrough('one')).toEqual({
      atOnce: ['01:00:00', '04:00:00'],
      later: ['05:00:00'],
      warnings: 0,
    })
  })

  it('is left out with "skip", and told', async () => {
    expect(await sleepThrough('skip')).toEqual({ atOnce: ['01:00:00'], later: ['05:00:00'], warnings: 1 })
  })

  it('is made up for by every run, one after another, with "all"', async () => {
    const all = ['01:00:00', '02:00:00', '03:00:00', '04:00:00']
    expect(await sleepThrough('all')).toEqual({ atOnce: all, later: ['05:00:00'], warnings: 0 })
  })

  it('waits for the one before it with "all", whatever the overlap policy', async () => {
    const { scheduler, clock } = setUp()
    const { state, handler } = hanging()
    await scheduler.schedule('0 * * * *', 'slow', handler, { misfire: 'all', overlap: 'allow' })
    clock.jump(3 * HOUR)
    await clock.advance('1m')
    expect(state.started).toBe(1)
    state.finish()
    await clock.advance('1s')
    expect(state.started).toBe(2)
  })

  it('never piles up: a year of missed seconds is one run, or a thousand with "all"', async () => {
    const { scheduler, clock, times, record } = setUp()
    await scheduler.schedule('* * * * * *', 'one', record)
    clock.jump(365 * 24 * HOUR)
    await clock.advance('500ms')
    expect(times.length).toBe(0)
    await clock.advance('500ms')
    expect(times.length).toBe(1)
    await scheduler.cancelAll()
    await scheduler.schedule('* * * * * *', 'all', record, { misfire: 'all' })
    clock.jump(365 * 24 * HOUR)
    await clock.advance('1s')
    expect(times.length).toBe(1001)
  })

  it('is no misfire when it is only a little late', async () => {
    const { scheduler, clock, times, record } = setUp()
    await scheduler.schedule('0 * * * *', 'hourly', record, { misfire: 'skip' })
    clock.jump(HOUR + 20_000)
    await clock.advance('30s')
    expect(times).toEqual(['01:00:00'])
  })
})

describe('a clock that is set', () => {
  it('forwards brings a one-shot within half a minute', async () => {
    const { scheduler, clock, times, record } = setUp()
    await scheduler.runIn('6h', record)
    clock.jump(6 * HOUR)
    await clock.advance('30s')
    expect(times).toEqual(['06:00:00'])
  })

  it('backwards does not silence a cron task until the old time comes again', async () => {
    const { scheduler, clock, times, record } = setUp()
    await scheduler.schedule('*/10 * * * *', 'poll', record)
    await clock.advance('10m')
    clock.jump(-5 * HOUR)
    await clock.advance('10m')
    expect(times).toEqual(['00:10:00', '19:20:00'])
  })

  it('does not matter to a wait that no timer can count in one piece', async () => {
    const { scheduler, clock, times, record } = setUp({ checkEvery: '100d' })
    await scheduler.runIn('60d', record)
    await clock.advance('59d')
    expect(times).toEqual([])
    await clock.advance('1d')
    expect(times.length).toBe(1)
  })
})

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
