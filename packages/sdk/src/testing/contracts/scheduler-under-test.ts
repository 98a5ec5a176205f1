import type { Duration } from '../../duration.js'
import type { Scheduler, TaskContext, TaskRegistry } from '../../scheduler/scheduler.js'
import type { ContractRunner } from './test-runner.js'

/** One scheduler under test. */
export interface SchedulerUnderTest {
  /** Without tasks. */
  readonly scheduler: Scheduler
  /** The registry it runs tasks from. */
  readonly tasks: TaskRegistry
  readonly now: () => number
  /** Moves time on and resolves when what was due has run. */
  readonly advance: (duration: Duration) => Promise<void>
  /** Called after each test. */
  readonly close?: () => Promise<void>
}

/** One call of `record`. */
export interface RecordedCall {
  readonly args: unknown
  readonly taskId: string
  readonly at: string
  readonly scheduledFor: string
}

type Body = (
  made: SchedulerUnderTest & {
    expect: ContractRunner['expect']
    calls: RecordedCall[]
    record: (args: unknown, context: TaskContext) => void
  },
) => Promise<void>
/** Declares a test that gets a fresh scheduler, and `record`, a handler that notes its calls. */
export type SchedulerTest = (title: string, body: Body) => unknown
