import type { Alert } from '../api/alerts.js'
import type { Device } from '../api/devices.js'
import type { Organization } from '../api/organizations.js'
import type { User } from '../api/users.js'
import type { Webhook } from '../api/webhooks.js'

/** The time of everything a fixture makes, unless told otherwise. */
const FIXTURE_TIME = '2024-01-27T10:30:45.000Z'

const counts = new Map<string, number>()

/** Ids are never used twice, so that two fixtures in one test are two things. */
function nextId(kind: string): string {
  const count = (counts.get(kind) ?? 0) + 1
  counts.set(kind, count)
  return `${kind}-${count}`
}

/**
 * A device as the API answers it, complete and with an id of its own.
 *
 * @example plugin.api.seed({ devices: [device({ id: 'pump-7', type: 'pump' })] })
 */
export function device(overrides: Partial<Device> = {}): Device {
  const id = overrides.id ?? nextId('device')
  return {
    id,
    name: `Device ${id}`,
    type: 'server',
    status: 'online',
    ip_address: null,
    metadata: {},
    configuration: {},
    organization_id: 'default',
    last_seen: FIXTURE_TIME,
    created_at: FIXTURE_TIME,
    updated_at: FIXTURE_TIME,
    ...overrides,
  }
}

/** An alert as the API answers it. */
export function alert(overrides: Partial<Alert> = {}): Alert {
  const id = overrides.id ?? nextId('alert')
  return {
    id,
    title: `Alert ${id}`,
    message: null,
    severity: 'warning',
    status: 'active',
    device_id: null,
    metadata: {},
    organization_id: 'default',
    created_by: null,
    created_at: FIXTURE_TIME,
    acknowledged_at: null,
    acknowledged_by: null,
    resolved_at: null,
    resolved_by: null,
    ...overrides,
  }
}

/** A user as the API answers it. */
export function user(overrides: Partial<User> = {}): User {
  const id = overrides.id ?? nextId('user')
  return {
    id,
    email: `${id}@example.com`,
    name: `User ${id}`,
    role: 'viewer',
    status: 'active',
    organization_id: 'default',
    last_login: null,
    created_at: FIXTURE_TIME,
    ...overrides,
  }
}

/** An organization as the API answers it. */
export function organization(overrides: Partial<Organization> = {}): Organization {
  const id = overrides.id ?? nextId('organization')
  return {
    id,
    name: `Organization ${id}`,
    created_at: FIXTURE_TIME,
    ...overrides,
  }
}

/** A webhook as the API answers it, without its secret. */
export function webhook(overrides: Partial<Webhook> = {}): Webhook {
  const id = overrides.id ?? nextId('webhook')
  return {
    id,
    url: 'https://example.com/hook',
    events: ['alert.created'],
    status: 'active',
    organization_id: 'default',
    created_at: FIXTURE_TIME,
    ...overrides,
  }
}
