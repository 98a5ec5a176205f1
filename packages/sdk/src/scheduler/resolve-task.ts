import { type Duration, parseDuration } from '../duration.js'
import { OpsError } from '../errors.js'
import { encodeJson } from '../storage/json-value.js'
import { assertTimezone, nextRun, parseCron } from './cron.js'
import type { HandlerNames } from './handler-names.js'
import type { CronOptions, MisfirePolicy, OnceOptions, OverlapPolicy, TaskHandler } from './scheduler.js'
import { assertTaskId } from './task-id.js'

interface TaskBase {
  readonly id: string
  readonly name: string
  readonly argsJson: string
}

/** A checked task that runs once. */
export interface OnceTask extends TaskBase {
  readonly kind: 'once'
  readonly runAt: Date
}

/** A checked task that runs again and again. */
export interface CronTask extends TaskBase {
  readonly kind: 'cron'
  readonly cron: string
  readonly timezone: string
  readonly misfire: MisfirePolicy
  readonly overlap: OverlapPolicy
}

const LAST_MOMENT = 8.64e15
const MISFIRE: readonly MisfirePolicy[] = ['skip', 'one', 'all']
const OVERLAP: readonly OverlapPolicy[] = ['skip', 'queue', 'allow']

/** Checks what was given to `runAt` and fills in id and handler name. The handler is registered last, once all is right. */
export function resolveOnce<Args>(
  names: HandlerNames,
  date: Date,
  handlerOrTask: TaskHandler<Args> | string,
  options: OnceOptions<Args>,
): OnceTask {
  const runAt = checkedDate(date)
  const argsJson = encodeArgs(options.args)
  if (options.taskId !== undefined) assertTaskId(options.taskId)
  const name = names.forOnce(handlerOrTask, options.taskId)
  return { kind: 'once', id: options.taskId ?? names.freshId(name), name, argsJson, runAt }
}

/** Checks what was given to `schedule`. */
export function resolveCron<Args>(
  names: HandlerNames,
  text: string,
  taskName: string,
  handler: TaskHandler<Args> | undefined,
  options: CronOptions<Args>,
): CronTask {
  const cron = parseCron(text)
  const timezone = options.timezone ?? 'UTC'
  assertTimezone(timezone)
  assertTaskId(taskName)
  const misfire = oneOf('misfire', options.misfire ?? 'one', MISFIRE)
  const overlap = oneOf('overlap', options.overlap ?? 'skip', OVERLAP)
  const argsJson = encodeArgs(options.args)
  if (handler === undefined) names.existing(taskName)
  else names.register(taskName, handler)
  return { kind: 'cron', id: taskName, name: taskName, argsJson, cron, timezone, misfire, overlap }
}

/** The date that comes `delay` after `now`. */
export function dateAfter(now: number, delay: Duration): Date {
  return new Date(now + parseDuration(delay))
}

/** The first time a task runs. */
export function firstRun(task: OnceTask | CronTask, now: Date): Date | undefined {
  return task.kind === 'once' ? task.runAt : nextRun(task.cron, now, task.timezone)
}

function checkedDate(date: Date): Date {
  if (date instanceof Date && Math.abs(date.getTime()) <= LAST_MOMENT) return new Date(date)
  const found = date instanceof Date ? 'an invalid Date' : JSON.stringify(date)
  throw new OpsError(
    'task_date_invalid',
    `runAt needs a date, not ${found}: use new Date('2026-01-31T06:00:00Z'), or runIn('5m', ...) for a delay`,
  )
}

function encodeArgs(args: unknown): string {
  return args === undefined ? 'null' : encodeJson(args, 'args', 'task_args_invalid')
}

function oneOf<Value extends string>(option: string, value: Value, allowed: readonly Value[]): Value {
  if (allowed.includes(value)) return value
  throw new OpsError(
    'task_option_invalid',
    `${option} ${JSON.stringify(value)} is unknown: expected ${allowed.map((name) => `"${name}"`).join(', ')}`,
  )
}
