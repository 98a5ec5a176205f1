export { nextRun, parseCron } from './cron.js'
export { createLocalScheduler, type LocalScheduler, type LocalSchedulerOptions } from './local-scheduler.js'
export { createPlatformScheduler, type PlatformSchedulerOptions } from './platform-scheduler.js'
export type {
  CronOptions,
  MisfirePolicy,
  OnceOptions,
  OverlapPolicy,
  Scheduler,
  StopOptions,
  TaskContext,
  TaskHandler,
  TaskInfo,
  TaskRegistry,
} from './scheduler.js'
