export { createLocalScheduler } from './local-scheduler.js'
export { createPlatformScheduler } from './platform-scheduler.js'
export type {
  CronOptions,
  MisfirePolicy,
  OnceOptions,
  OverlapPolicy,
  Scheduler,
  TaskContext,
  TaskHandler,
  TaskInfo,
  TaskRegistry,
} from './scheduler.js'
