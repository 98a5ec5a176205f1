import type { TaskContext } from '../../scheduler/scheduler.js'
import { testCronTasks } from './scheduler-cron-contract.js'
import { testOnceTasks } from './scheduler-once-contract.js'
import { testAnyTasks } from './scheduler-tasks-contract.js'
import type { RecordedCall, SchedulerTest, SchedulerUnderTest } from './scheduler-under-test.js'
import type { ContractRunner } from './test-runner.js'

export type { SchedulerUnderTest } from './scheduler-under-test.js'

/**
 * Tests that every scheduler must pass. Its clock starts at a full minute.
 *
 * @example
 * schedulerContract({ describe, it, expect }, async () => {
 *   const tasks = createTaskRegistry()
 *   const scheduler = new MockScheduler({ tasks })
 *   return { scheduler, tasks, now: scheduler.clock.now, advance: (duration) => scheduler.advance(duration) }
 * })
 */
export function schedulerContract(
  runner: ContractRunner,
  makeScheduler: () => Promise<SchedulerUnderTest>,
): void {
  const test: SchedulerTest = (title, body) =>
    runner.it(title, async () => {
      const made = await makeScheduler()
      const calls: RecordedCall[] = []
      const record = (args: unknown, { taskId, scheduledFor }: TaskContext) => {
        const at = new Date(made.now()).toISOString()
        calls.push({ args, taskId, at, scheduledFor: scheduledFor.toISOString() })
      }
      try {
        await body({ ...made, expect: runner.expect, calls, record })
      } finally {
        await made.close?.()
      }
    })
  runner.describe('one-shot tasks', () => testOnceTasks(test))
  runner.describe('cron tasks', () => testCronTasks(test))
  runner.describe('all tasks', () => testAnyTasks(test))
}
