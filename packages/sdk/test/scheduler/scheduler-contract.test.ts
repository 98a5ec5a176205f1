import { describe, expect, it } from 'vitest'
import { createLocalScheduler } from '../../src/scheduler/local-scheduler.js'
import { createPlatformScheduler } from '../../src/scheduler/platform-scheduler.js'
import { createTaskRegistry } from '../../src/scheduler/task-registry.js'
import { schedulerContract } from '../../src/testing/contracts/scheduler-contract.js'
import { createFakeClock } from '../../src/testing/fake-clock.js'
import { MockScheduler } from '../../src/testing/mock-scheduler.js'
import { requestTo } from '../storage/fake-storage-server.js'
import { createFakeScheduleServer } from './fake-schedule-server.js'

const runner = { describe, it, expect }

describe('local scheduler keeps the scheduler contract', () => {
  schedulerContract(runner, async () => {
    const clock = createFakeClock()
    const tasks = createTaskRegistry()
    const scheduler = createLocalScheduler({ tasks, clock, onError: () => undefined })
    return { scheduler, tasks, now: clock.now, advance: clock.advance, close: () => scheduler.stop() }
  })
})

describe('mock scheduler keeps the scheduler contract', () => {
  schedulerContract(runner, async () => {
    const tasks = createTaskRegistry()
    const scheduler = new MockScheduler({ tasks })
    return {
      scheduler,
      tasks,
      now: scheduler.clock.now,
      advance: (duration) => scheduler.advance(duration),
    }
  })
})

describe('platform scheduler keeps the scheduler contract', () => {
  schedulerContract(runner, async () => {
    const clock = createFakeClock()
    const tasks = createTaskRegistry()
    const request = requestTo(createFakeScheduleServer(tasks, clock))
    const scheduler = createPlatformScheduler({ request, pluginId: 'p', tasks, clock })
    return { scheduler, tasks, now: clock.now, advance: clock.advance }
  })
})
