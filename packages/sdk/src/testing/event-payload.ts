import type { CatalogueEvents, PayloadOf } from '../events.js'
import { alert, device, organization, user, webhook } from './fixtures.js'

/** The part of a payload that matters to a test; the data of a resource may be partial as well. */
export type PayloadOverrides<Payload> = {
  [Key in keyof Payload]?: Key extends `${string}_data` ? Partial<Payload[Key]> : Payload[Key]
}

type Factories = {
  [Name in keyof CatalogueEvents]: (
    overrides: PayloadOverrides<CatalogueEvents[Name]>,
  ) => CatalogueEvents[Name]
}

type DeviceEvent = CatalogueEvents['device.created']
type AlertEvent = CatalogueEvents['alert.created']
type UserEvent = CatalogueEvents['user.created']
type OrganizationEvent = CatalogueEvents['organization.created']
type WebhookEvent = CatalogueEvents['webhook.created']
type WebhookAttempt = CatalogueEvents['webhook.triggered']
type PluginEvent = CatalogueEvents['plugin.enabled']

/** The id is written twice in a payload: whichever a test gives decides both. */
function idOf(id: string | undefined): { id?: string } {
  return id === undefined ? {} : { id }
}

function deviceEvent({ device_id, device_data, ...rest }: PayloadOverrides<DeviceEvent>): DeviceEvent {
  const data = device({ ...idOf(device_id), ...device_data })
  return { ...rest, device_id: device_id ?? data.id, device_data: data }
}

function alertEvent({ alert_id, alert_data, ...rest }: PayloadOverrides<AlertEvent>): AlertEvent {
  const data = alert({ ...idOf(alert_id), ...alert_data })
  return { ...rest, alert_id: alert_id ?? data.id, alert_data: data }
}

function userEvent({ user_id, user_data, ...rest }: PayloadOverrides<UserEvent>): UserEvent {
  const data = user({ ...idOf(user_id), ...user_data })
  return { ...rest, user_id: user_id ?? data.id, user_data: data }
}

function organizationEvent(overrides: PayloadOverrides<OrganizationEvent>): OrganizationEvent {
  const { organization_id, organization_data, ...rest } = overrides
  const data = organization({ ...idOf(organization_id), ...organization_data })
  return { ...rest, organization_id: organization_id ?? data.id, organization_data: data }
}

function webhookEvent({ webhook_id, webhook_data, ...rest }: PayloadOverrides<WebhookEvent>): WebhookEvent {
  const data = webhook({ ...idOf(webhook_id), ...webhook_data })
  return { ...rest, webhook_id: webhook_id ?? data.id, webhook_data: data }
}

const webhookAttempt = (status_code: number) => (overrides: PayloadOverrides<WebhookAttempt>) => ({
  event: 'alert.created',
  attempt: 1,
  status_code,
  ...overrides,
  ...webhookEvent(overrides),
})

const pluginEvent = (overrides: PayloadOverrides<PluginEvent>): PluginEvent => ({
  plugin_id: 'other-plugin',
  version: '1.0.0',
  ...overrides,
})

/** One factory per event of the platform; a missing one does not compile. */
const factories: Factories = {
  'device.created': deviceEvent,
  'device.updated': (overrides) => ({ changes: {}, ...overrides, ...deviceEvent(overrides) }),
  'device.deleted': deviceEvent,
  'device.status_changed': (overrides) => ({
    device_id: overrides.device_id ?? device().id,
    old_status: 'online',
    new_status: 'offline',
    ...overrides,
  }),
  'device.metrics_updated': (overrides) => ({
    device_id: overrides.device_id ?? device().id,
    metrics: { cpu_usage: 42.5, memory_usage: 61 },
    ...overrides,
  }),
  'alert.created': alertEvent,
  'alert.updated': alertEvent,
  'alert.acknowledged': (overrides) =>
    alertEvent({ ...overrides, alert_data: { status: 'acknowledged', ...overrides.alert_data } }),
  'alert.resolved': (overrides) =>
    alertEvent({ ...overrides, alert_data: { status: 'resolved', ...overrides.alert_data } }),
  'user.created': userEvent,
  'user.updated': userEvent,
  'user.deleted': userEvent,
  'organization.created': organizationEvent,
  'webhook.created': webhookEvent,
  'webhook.deleted': webhookEvent,
  'webhook.triggered': webhookAttempt(200),
  'webhook.failed': webhookAttempt(500),
  'plugin.installed': pluginEvent,
  'plugin.enabled': pluginEvent,
  'plugin.disabled': pluginEvent,
  'plugin.updated': pluginEvent,
  'plugin.uninstalled': pluginEvent,
  'plugin.failed': pluginEvent,
}

/**
 * A complete payload of an event, with what matters to the test put in. An event of a plugin's own has no
 * fixture: its payload is what is given.
 *
 * @example
 * eventPayload('device.created', { device_data: { type: 'pump' } })
 * eventPayload('device.metrics_updated', { device_id: 'pump-7', metrics: { pressure: 9.1 } })
 */
export function eventPayload<Name extends string>(
  name: Name,
  overrides?: PayloadOverrides<PayloadOf<Name>>,
): PayloadOf<Name>
export function eventPayload(name: string, overrides: object = {}): object {
  const factory: ((overrides: object) => object) | undefined = isCatalogued(name)
    ? factories[name]
    : undefined
  return factory ? factory(overrides) : { ...overrides }
}

function isCatalogued(name: string): name is keyof Factories {
  return Object.hasOwn(factories, name)
}
