import { timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import * as z from 'zod'
import { errorMessage } from '../errors.js'
import type { HookFailure, HostDispatch } from '../hooks/event-hooks.js'
import { LIFECYCLE_PHASES } from '../lifecycle/lifecycle.js'
import { problemResponse } from '../routes/problem-response.js'
import {
  type Delivery,
  type DeliveryResult,
  eventsRequestSchema,
  filterRequestSchema,
  type HandlerFailure,
  type LifecycleRequest,
  type LifecycleResponse,
  lifecycleRequestSchema,
  PROTOCOL_VERSION,
  type Registrations,
  taskRequestSchema,
} from './messages.js'

const phaseSchema = z.enum([...LIFECYCLE_PHASES, 'start', 'stop', 'config-change'])
export type HostPhase = z.infer<typeof phaseSchema>

/** What the host's door needs of a plugin. */
export interface HostedPlugin {
  readonly metadata: { readonly id: string; readonly version: string }
  readonly state: string
  /** False for a remote plugin whose host did not call yet. */
  readonly isStarted: boolean
  registrations(): Registrations
  runPhase(phase: HostPhase, request: LifecycleRequest): Promise<void>
  deliver(event: Delivery, limits: HostDispatch): Promise<DeliveryResult>
  filter(
    name: string,
    value: unknown,
    handlers?: readonly string[],
  ): Promise<{ value: unknown; errors: HookFailure[] }>
  runTask(
    name: string,
    args: unknown,
    context: { signal: AbortSignal; taskId: string; scheduledFor: Date },
  ): Promise<unknown>
  hasTask(name: string): boolean
}

/** The host-only endpoints of the protocol, below `/_ops`. */
export function createHostApp(plugin: HostedPlugin, secret: string): Hono {
  const app = new Hono()

  app.use(async (c, next) => {
    if (!isSecret(c.req.header('authorization'), secret)) {
      return problemResponse(401, 'Only the host may call this endpoint', {
        headers: { 'www-authenticate': 'Bearer' },
      })
    }
    if (!plugin.isStarted && !c.req.path.endsWith('/lifecycle/start')) {
      return problemResponse(409, 'The plugin was not started: send POST /_ops/lifecycle/start first')
    }
    return next()
  })

  app.post('/lifecycle/:phase', async (c) => {
    const phase = phaseSchema.safeParse(c.req.param('phase'))
    if (!phase.success) return problemResponse(404, `There is no lifecycle phase "${c.req.param('phase')}"`)
    await plugin.runPhase(phase.data, lifecycleRequestSchema.parse(await c.req.json()))
    const answer: LifecycleResponse = {
      protocol: PROTOCOL_VERSION,
      plugin: plugin.metadata.id,
      version: plugin.metadata.version,
      state: plugin.state,
      registrations: plugin.registrations(),
    }
    return c.json(answer)
  })

  app.post('/events', async (c) => {
    const { events, ...limits } = eventsRequestSchema.parse(await c.req.json())
    const results: DeliveryResult[] = []
    for (const event of events) results.push(await plugin.deliver(event, limits))
    return c.json({ results })
  })

  app.post('/filters/:name', async (c) => {
    const { value, handlers } = filterRequestSchema.parse(await c.req.json())
    const report = await plugin.filter(c.req.param('name'), value, handlers)
    return c.json({ value: report.value, failures: report.errors.map(handlerFailure) })
  })

  app.post('/tasks/:name', async (c) => {
    const name = c.req.param('name')
    if (!plugin.hasTask(name))
      return problemResponse(404, `Plugin "${plugin.metadata.id}" has no task "${name}"`)
    const { args, task_id, scheduled_for } = taskRequestSchema.parse(await c.req.json())
    const value = await plugin.runTask(name, args, {
      signal: c.req.raw.signal,
      taskId: task_id,
      scheduledFor: new Date(scheduled_for),
    })
    return c.json({ value })
  })

  app.notFound((c) => problemResponse(404, `The protocol has no ${c.req.method} ${c.req.path}`))
  app.onError((error) => {
    if (error instanceof z.ZodError) return problemResponse(422, z.prettifyError(error))
    if (error instanceof SyntaxError) return problemResponse(400, 'The body is not valid JSON')
    return problemResponse(500, errorMessage(error))
  })
  return app
}

export function handlerFailure(failure: HookFailure): HandlerFailure {
  const { error, handler } = failure
  return {
    handler,
    error: errorMessage(error),
    ...(error instanceof Error && error.stack ? { stack: error.stack } : {}),
  }
}

function isSecret(header: string | undefined, secret: string): boolean {
  const given = Buffer.from(header ?? '')
  const expected = Buffer.from(`Bearer ${secret}`)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
