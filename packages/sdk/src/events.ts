import * as z from 'zod'
import {
  alertSchema,
  DEVICE_STATUSES,
  deviceSchema,
  organizationSchema,
  userSchema,
  webhookSchema,
} from './resource-schemas.js'

const deviceData = z.object({ device_id: z.string(), device_data: deviceSchema })
const alertData = z.object({ alert_id: z.string(), alert_data: alertSchema })
const userData = z.object({ user_id: z.string(), user_data: userSchema })
const webhookData = z.object({ webhook_id: z.string(), webhook_data: webhookSchema })
const webhookAttempt = webhookData.extend({
  event: z.string(),
  attempt: z.int(),
  status_code: z.int().nullable(),
})
const pluginVersion = z.object({ plugin_id: z.string(), version: z.string() })

/** Readings of one moment: name to number, text, boolean or a nested group of them. */
const metricsSchema = z.record(z.string(), z.unknown())

/**
 * Every event of the platform and the shape of its payload: the one source of the types, the fixtures and
 * the documentation.
 */
export const eventCatalogue = {
  'device.created': deviceData.describe('A device was added.'),
  'device.updated': deviceData
    .extend({ changes: z.record(z.string(), z.unknown()) })
    .describe('Fields of a device changed; `changes` has their new values.'),
  'device.deleted': deviceData.describe('A device was removed; `device_data` is what it was.'),
  'device.status_changed': z
    .object({
      device_id: z.string(),
      old_status: z.enum(DEVICE_STATUSES),
      new_status: z.enum(DEVICE_STATUSES),
    })
    .describe('A device went from one status to another.'),
  'device.metrics_updated': z
    .object({ device_id: z.string(), metrics: metricsSchema })
    .describe('A device reported readings.'),
  'alert.created': alertData.describe('An alert was raised.'),
  'alert.updated': alertData.describe('Fields of an alert changed, or it is active again.'),
  'alert.acknowledged': alertData.describe('Somebody looks after an alert.'),
  'alert.resolved': alertData.describe('What an alert was about is over.'),
  'user.created': userData.describe('A user was added.'),
  'user.updated': userData.describe('Fields of a user changed.'),
  'user.deleted': userData.describe('A user was removed; `user_data` is what it was.'),
  'organization.created': z
    .object({ organization_id: z.string(), organization_data: organizationSchema })
    .describe('An organization was added.'),
  'webhook.created': webhookData.describe('A webhook was added.'),
  'webhook.deleted': webhookData.describe('A webhook was removed.'),
  'webhook.triggered': webhookAttempt.describe('A delivery to a webhook was accepted by its receiver.'),
  'webhook.failed': webhookAttempt.describe(
    'An attempt to deliver to a webhook failed; it may be tried again.',
  ),
  'plugin.installed': pluginVersion.describe('A plugin was installed.'),
  'plugin.enabled': pluginVersion.describe('A plugin was enabled.'),
  'plugin.disabled': pluginVersion.describe('A plugin was disabled.'),
  'plugin.updated': pluginVersion.describe('A plugin was updated; `version` is the new one.'),
  'plugin.uninstalled': pluginVersion.describe('A plugin was uninstalled.'),
  'plugin.failed': pluginVersion.describe('A plugin was stopped because it failed.'),
} as const satisfies Record<string, z.ZodObject>

type EventCatalogue = typeof eventCatalogue

/** The events of the platform, keyed by name. */
export type CatalogueEvents = { [Name in keyof EventCatalogue]: z.infer<EventCatalogue[Name]> }

/**
 * Payload by event name. A plugin declares its own events by merging into it:
 *
 * @example
 * declare module '@ops-center/plugin-sdk' {
 *   interface EventMap { 'prediction.completed': { device_id: string; confidence: number } }
 * }
 */
export interface EventMap extends CatalogueEvents {}

/** The name of an event whose payload is known. */
export type EventName = keyof EventMap & string

type FirstWord<Name extends string> = Name extends `${infer Word}.${string}` ? Word : never

/** What a hook may listen to: an event, every event of one resource (`'device.*'`), or every event (`'*'`). */
export type EventPattern = EventName | `${FirstWord<EventName>}.*` | '*'

/** The events that a pattern stands for. */
export type EventsOf<Pattern extends string> = Pattern extends '*'
  ? EventName
  : Pattern extends `${infer Prefix}.*`
    ? Extract<EventName, `${Prefix}.${string}`>
    : Extract<EventName, Pattern>

/** The payload that an event carries; any object for an event nobody declared. */
export type PayloadOf<Name extends string> = Name extends EventName ? EventMap[Name] : Record<string, unknown>

/** What caused an event: the event that a plugin was handling when it acted. */
export interface CausedBy {
  event_id: string
  depth: number
  plugin_id: string
}

/** An event with what travels around its payload. */
export interface EventEnvelope<Name extends string = string, Payload = PayloadOf<Name>> {
  name: Name
  payload: Payload
  event_id: string
  organization_id: string
  /** RFC 3339, UTC. */
  occurred_at: string
  caused_by: CausedBy | null
}

/** The envelopes that a pattern stands for, discriminated by `name`. */
export type EnvelopeOf<Pattern extends string> = {
  [Name in EventsOf<Pattern>]: EventEnvelope<Name>
}[EventsOf<Pattern>]
