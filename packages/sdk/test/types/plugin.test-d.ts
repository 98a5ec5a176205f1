// Checked by the compiler: a line under @ts-expect-error that compiles is an error.
import { z } from 'zod'
import type { EventEnvelope } from '../../src/events.js'
import { type Caller, defineEvent, Plugin, type PluginSocket, StorageQuotaError } from '../../src/index.js'

declare module '../../src/events.js' {
  interface EventMap {
    'maintenance.planned': { device_id: string; hours: number }
  }
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_same: Equal<A, B>): void {}

export async function metadata(): Promise<void> {
  new Plugin({ id: 'a', name: 'A', version: '1.0.0', permissions: ['devices:read'] })
  // @ts-expect-error a permission nobody knows
  new Plugin({ id: 'a', name: 'A', version: '1.0.0', permissions: ['devices:fly'] })
  // @ts-expect-error a version is needed
  new Plugin({ id: 'a', name: 'A' })
  // @ts-expect-error hooks are registered, not declared
  new Plugin({ id: 'a', name: 'A', version: '1.0.0', hooks: [] })
}

export async function events(plugin: Plugin): Promise<void> {
  plugin.hook('device.metrics_updated', async (payload, { signal, event }) => {
    same<typeof payload, { device_id: string; metrics: Record<string, unknown> }>(true)
    same<typeof signal, AbortSignal>(true)
    same<typeof event.name, 'device.metrics_updated'>(true)
    // @ts-expect-error a misspelt field
    return payload.device_ids
  })
  plugin.hook('device.created', ({ device_data }) => {
    same<typeof device_data.status, 'online' | 'offline' | 'warning' | 'maintenance' | 'error' | 'pending'>(
      true,
    )
  })
  // @ts-expect-error a misspelt event
  plugin.hook('device.create', () => {})
  // @ts-expect-error a group that is none
  plugin.hook('devices.*', () => {})
  // @ts-expect-error a handler of another event
  plugin.hook('device.created', ({ alert_id }: { alert_id: string }) => alert_id)
  // @ts-expect-error an option that is none
  plugin.hook('device.created', () => {}, { prio: 1 })
  const off: () => void = plugin.hook('device.created', () => {})
  off()
}

export async function groups(plugin: Plugin): Promise<void> {
  plugin.hook('alert.*', (payload, { event }) => {
    same<typeof event.name, 'alert.created' | 'alert.updated' | 'alert.acknowledged' | 'alert.resolved'>(true)
    same<typeof payload.alert_id, string>(true)
  })
  plugin.hook('device.*', (_payload, { event }) => {
    // @ts-expect-error not every event of a device has metrics
    event.payload.metrics
    if (event.name === 'device.metrics_updated')
      same<typeof event.payload.metrics, Record<string, unknown>>(true)
    // @ts-expect-error an event of another group
    if (event.name === 'alert.created') return
  })
  plugin.hook('*', (_payload, { event }) => {
    if (event.name === 'webhook.failed') same<typeof event.payload.attempt, number>(true)
  })
}

export async function ownEvents(plugin: Plugin): Promise<void> {
  plugin.hook('maintenance.planned', ({ hours }) => same<typeof hours, number>(true))
  plugin.hook('maintenance.*', (_payload, { event }) => same<typeof event.name, 'maintenance.planned'>(true))
  await plugin.emit('maintenance.planned', { device_id: 'a', hours: 2 })
  // @ts-expect-error a field is missing
  await plugin.emit('maintenance.planned', { device_id: 'a' })
  // @ts-expect-error a field of the wrong type
  await plugin.emit('device.deleted', { device_id: 1 })
  const report = await plugin.emit('never.declared', { anything: true })
  same<typeof report.event, EventEnvelope>(true)

  const completed = defineEvent(
    'prediction.completed',
    z.object({ at: z.string().transform((text) => new Date(text)) }),
  )
  plugin.hook(completed, ({ at }, { event }) => {
    same<typeof at, Date>(true)
    same<typeof event.name, 'prediction.completed'>(true)
  })
  await plugin.emit(completed, { at: '2024-01-27' })
  // @ts-expect-error what is given is a text, what handlers get is a date
  await plugin.emit(completed, { at: new Date() })
  // @ts-expect-error a payload is an object
  defineEvent('prediction.completed', z.string())
}

export async function filters(plugin: Plugin): Promise<void> {
  plugin.filterHook('device.data.process', async (data) => ({ ...data, enriched: true }))
  plugin.filterHook('device.data.process', (data: { name: string }) => data)
  // @ts-expect-error a filter that returns nothing
  plugin.filterHook('device.data.process', () => {})
  // @ts-expect-error a filter that returns nothing, later
  plugin.filterHook('device.data.process', async () => {})
  // @ts-expect-error a filter that sometimes returns nothing
  plugin.filterHook('device.data.process', (data) => (data.name ? data : undefined))
  // @ts-expect-error a filter that returns something else
  plugin.filterHook('device.data.process', (data: { name: string }) => ({ title: data.name }))
  const value = await plugin.applyFilter('device.data.process', { name: 'Pump' })
  same<typeof value, { name: string }>(true)
}

export function routes(plugin: Plugin): void {
  plugin.route('/devices/:id/models/{model}', {}, ({ params, query, body }) => {
    same<typeof params.id, string>(true)
    same<typeof params.model, string>(true)
    same<typeof query, Record<string, string | string[]>>(true)
    same<typeof body, unknown>(true)
    // @ts-expect-error a parameter that is not in the path
    return params.name
  })
  const options = {
    params: z.object({ id: z.coerce.number() }),
    query: z.object({ limit: z.coerce.number().default(50) }),
    body: z.object({ device_id: z.string() }),
  }
  plugin.route(
    '/devices/:id',
    { methods: ['POST'], ...options },
    async ({ params, query, body, request, signal }) => {
      same<typeof params, { id: number }>(true)
      same<typeof query, { limit: number }>(true)
      same<typeof body, { device_id: string }>(true)
      same<typeof request, Request>(true)
      same<typeof signal, AbortSignal>(true)
    },
  )
  // @ts-expect-error a method that is none
  plugin.route('/a', { methods: ['FETCH'] }, () => 1)
  // @ts-expect-error a kind of access that is none
  plugin.route('/a', { auth: 'maybe' }, () => 1)
}

export function rest(plugin: Plugin): void {
  plugin.task('train', async (args: { full: boolean }, { signal, scheduledFor }) => {
    same<typeof args.full, boolean>(true)
    same<typeof signal, AbortSignal>(true)
    same<typeof scheduledFor, Date>(true)
  })
  plugin.onUpdate(({ from, to }) => same<[typeof from, typeof to], [string, string]>(true))
  plugin.onConfigChange(({ old_config, new_config }) => [old_config.limit, new_config.limit])
  same<typeof plugin.api.orgs, typeof plugin.api.organizations>(true)
}

export async function callers(plugin: Plugin): Promise<void> {
  plugin.route('/devices/:id', { methods: ['GET'] }, ({ caller, params }) => {
    same<typeof caller, Caller | undefined>(true)
    same<typeof params, { id: string }>(true)
    // @ts-expect-error nobody may call
    return caller.id
  })
  plugin.webSocket('/rooms/:room', {
    query: z.object({ since: z.coerce.number() }),
    open: (socket, { caller, params, query, signal }) => {
      same<typeof socket, PluginSocket>(true)
      same<typeof caller, Caller | undefined>(true)
      same<typeof params, { room: string }>(true)
      same<typeof query, { since: number }>(true)
      same<typeof signal, AbortSignal>(true)
    },
    message: (socket, data, { params }) => {
      same<typeof data, string | Uint8Array>(true)
      // @ts-expect-error only texts and bytes
      return socket.send({ room: params.room })
    },
    close: (_socket, { code, reason }) => {
      same<[typeof code, typeof reason], [number, string]>(true)
    },
  })
  // @ts-expect-error an option that routes have
  plugin.webSocket('/live', { methods: ['POST'] })
}

export function policies(plugin: Plugin): void {
  plugin.hook('device.created', () => {}, { retries: 2, timeout: '5s', onError: 'ignore' })
  // @ts-expect-error no such policy
  plugin.hook('device.created', () => {}, { onError: 'explode' })
  // @ts-expect-error a filter that fails is skipped
  plugin.filterHook('device.data.process', (device) => device, { onError: 'stop' })
  const error: unknown = undefined
  if (error instanceof StorageQuotaError) same<typeof error.code, string>(true)
}
