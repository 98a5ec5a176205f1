import { vi } from 'vitest'
import { createLocalScheduler, type LocalSchedulerOptions } from '../../src/scheduler/local-scheduler.js'
import type { TaskContext } from '../../src/scheduler/scheduler.js'
import { createTaskRegistry } from '../../src/scheduler/task-registry.js'
import { createFakeClock } from '../../src/testing/fake-clock.js'

/** A local scheduler on a fake clock; `record` is a handler that notes the times it was meant for. */
export function setUp(options: Partial<LocalSchedulerOptions> = {}, start = '2026-01-01T00:00:00Z') {
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
export function hanging() {
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
