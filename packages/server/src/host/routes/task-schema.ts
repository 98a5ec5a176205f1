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
    next_run: z.string().nullable(),
    last_run: z.string().nullable(),
    last_error: z.string().nullable(),
    last_duration_ms: z.number().nullable(),
    runs: z.int(),
    failures: z.int(),
  })
  .openapi('ScheduledTask')

export const taskListSchema = z.object({ tasks: z.array(taskSchema) })
