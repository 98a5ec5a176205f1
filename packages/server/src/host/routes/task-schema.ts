import { z } from '@hono/zod-openapi'

/** A scheduled task in an answer. */
export const taskSchema = z
  .object({
    task_id: z.string(),
    name: z.string(),
    kind: z.enum(['cron', 'once']),
    cron: z.string().nullable(),
    timezone: z.string().nullable(),
    run_at: z.string().nullable(),
    args: z.unknown(),
    misfire: z.string(),
    overlap: z.string(),
    next_run: z.string().nullable(),
    last_run: z.string().nullable(),
    last_error: z.string().nullable(),
    last_duration_ms: z.number().nullable(),
    runs: z.int(),
    failures: z.int(),
    /** Why it does not run, although it is scheduled. */
    held: z.string().nullable(),
  })
  .openapi('ScheduledTask')

export const taskListSchema = z.object({ tasks: z.array(taskSchema) })

/** What a task is called: by a plugin, and in the address of its runs. */
export const taskIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/)
  .refine((id) => !/^\.+$/.test(id))

/** One run of a task in an answer. */
export const taskRunSchema = z
  .object({
    id: z.string(),
    task_id: z.string(),
    name: z.string(),
    trigger: z.enum(['schedule', 'operator']),
    outcome: z.enum(['queued', 'running', 'succeeded', 'failed', 'skipped', 'interrupted', 'cancelled']),
    error: z.string().nullable(),
    scheduled_for: z.string(),
    started_at: z.string().nullable(),
    finished_at: z.string().nullable(),
    duration_ms: z.number().nullable(),
  })
  .openapi('TaskRun')
