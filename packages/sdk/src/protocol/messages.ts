import * as z from 'zod'
import { parseDuration } from '../duration.js'
import { errorMessage } from '../errors.js'
import { ON_ERROR_POLICIES } from '../vocabulary.js'

/** The version of what host and plugin say to each other; grows when an old plugin could not follow. */
export const PROTOCOL_VERSION = 1

/** What a host gives a plugin when it starts it, in the environment variable {@link HOST_CONTEXT_VARIABLE}. */
export const hostContextSchema = z.object({
  protocol: z.literal(PROTOCOL_VERSION),
  plugin_id: z.string(),
  organization_id: z.string(),
  /** Where the platform's API answers. */
  api_url: z.string(),
  /** The installation's token: its organization and granted permissions, nothing more. */
  api_key: z.string(),
  /** What the host proves itself with on `/_ops/...`; new at every start. */
  secret: z.string().min(16),
  /** The installation's configuration as the operator set it. */
  config: z.record(z.string(), z.unknown()),
})
export type HostContext = z.infer<typeof hostContextSchema>

/** What a remote plugin gets with the request `start`: it has the secret already, and takes nobody's word for another. */
export const remoteContextSchema = hostContextSchema.omit({ secret: true })
export type RemoteContext = z.infer<typeof remoteContextSchema>

/** Name of the environment variable that carries the {@link HostContext} as JSON. */
export const HOST_CONTEXT_VARIABLE = 'OPS_PLUGIN_HOST'

/** Where the host's requests begin; everything below needs the secret. */
export const HOST_PREFIX = '/_ops'

/** Carries the id of the event a plugin is handling with each call of the API, so that loops are cut. */
export const CAUSED_BY_HEADER = 'x-ops-caused-by'

export const causedBySchema = z.object({ event_id: z.string(), depth: z.int(), plugin_id: z.string() })

export const eventEnvelopeSchema = z.object({
  name: z.string(),
  payload: z.record(z.string(), z.unknown()),
  event_id: z.string(),
  organization_id: z.string(),
  occurred_at: z.string(),
  caused_by: causedBySchema.nullable(),
})

/**
 * One event to deliver; `handlers` limits a repeated delivery to those that failed, `trace` is the W3C `traceparent` of
 * what published it.
 */
export const deliverySchema = eventEnvelopeSchema.extend({
  handlers: z.array(z.string()).optional(),
  trace: z.string().nullish(),
})
export type Delivery = z.infer<typeof deliverySchema>

/**
 * `POST /_ops/events`; `timeout` is the time in milliseconds of each handler that states none of its own, `timeouts` has
 * that of handlers whose manifest states one.
 */
export const eventsRequestSchema = z.object({
  events: z.array(deliverySchema),
  timeout: z.number().positive().optional(),
  timeouts: z.record(z.string(), z.number().nonnegative()).optional(),
})

const handlerFailureSchema = z.object({
  handler: z.string(),
  error: z.string(),
  stack: z.string().optional(),
})
export type HandlerFailure = z.infer<typeof handlerFailureSchema>

export const deliveryResultSchema = z.object({
  event_id: z.string(),
  handlers: z.array(z.string()),
  failures: z.array(handlerFailureSchema),
})
export type DeliveryResult = z.infer<typeof deliveryResultSchema>

/** The answer names each failed handler of each event. */
export const eventsResponseSchema = z.object({ results: z.array(deliveryResultSchema) })

/** `POST /_ops/filters/{name}` */
export const filterRequestSchema = z.object({ value: z.unknown(), handlers: z.array(z.string()).optional() })
export const filterResponseSchema = z.object({ value: z.unknown(), failures: z.array(handlerFailureSchema) })

/** `POST /_ops/tasks/{name}` */
export const taskRequestSchema = z.object({
  args: z.unknown().optional(),
  task_id: z.string(),
  scheduled_for: z.string(),
})
export const taskResponseSchema = z.object({ value: z.unknown().optional() })

/** `POST /_ops/lifecycle/{phase}`: the phases of an author, and those of the host alone. */
export const lifecycleRequestSchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  /** With `start`: where the installation is; `uninstalled` when its install handlers are still to run. */
  state: z.enum(['uninstalled', 'installed', 'disabled']).optional(),
  /** With `start`, to a remote plugin. */
  context: remoteContextSchema.optional(),
  old_config: z.record(z.string(), z.unknown()).optional(),
  new_config: z.record(z.string(), z.unknown()).optional(),
})
export type LifecycleRequest = z.infer<typeof lifecycleRequestSchema>

/** One that cannot be read would fail each delivery, not the start. */
const durationSchema = z.union([z.number(), z.string()]).check(({ value, issues }) => {
  try {
    parseDuration(value)
  } catch (error) {
    issues.push({ code: 'custom', input: value, message: errorMessage(error) })
  }
})

/** What the host needs to know of the code: which events, filters, routes and tasks it serves. */
export const registrationsSchema = z.object({
  hooks: z.array(
    z.object({
      event: z.string(),
      handler: z.string(),
      priority: z.number(),
      retries: z.int().optional(),
      timeout: durationSchema.optional(),
      on_error: z.enum(ON_ERROR_POLICIES).optional(),
    }),
  ),
  filters: z.array(z.object({ filter: z.string(), handler: z.string(), priority: z.number() })),
  routes: z.array(
    z.object({
      path: z.string(),
      methods: z.array(z.string()),
      handler: z.string(),
      auth: z.enum(['required', 'none']),
    }),
  ),
  tasks: z.array(z.object({ name: z.string(), cron: z.string().optional() })),
})
export type Registrations = z.infer<typeof registrationsSchema>

export const lifecycleResponseSchema = z.object({
  protocol: z.int(),
  plugin: z.string(),
  version: z.string(),
  state: z.string(),
  registrations: registrationsSchema,
})
export type LifecycleResponse = z.infer<typeof lifecycleResponseSchema>
