import type { Alert } from '../../api/alerts.js'
import type { Device, MetricReading } from '../../api/devices.js'
import type { Organization } from '../../api/organizations.js'
import type { User } from '../../api/users.js'
import type { Delivery, Webhook } from '../../api/webhooks.js'
import { organization } from '../fixtures.js'

/** What a mock API begins with. */
export interface MockSeed {
  devices?: readonly Device[]
  /** Readings of devices. */
  metrics?: readonly MetricReading[]
  alerts?: readonly Alert[]
  users?: readonly User[]
  organizations?: readonly Organization[]
  webhooks?: readonly Webhook[]
}

/**
 * What a mock API knows. Nothing in it is ever changed in place: a change replaces the item, so nobody holds a
 * reference to what is stored.
 */
export class MockStore {
  readonly devices = new Map<string, Device>()
  readonly alerts = new Map<string, Alert>()
  readonly users = new Map<string, User>()
  readonly organizations = new Map<string, Organization>()
  readonly webhooks = new Map<string, Webhook>()
  readonly deliveries = new Map<string, Delivery>()
  /** Readings by device, oldest first. */
  readonly metrics = new Map<string, MetricReading[]>()
  /** Answers to requests with an `Idempotency-Key`. */
  readonly answers = new Map<
    string,
    { fingerprint: string; status: number; body: string; location: string | null }
  >()

  constructor() {
    this.clear()
  }

  /** Puts copies of the items in, replacing those with an equal id. */
  seed(seed: MockSeed): void {
    for (const item of seed.devices ?? []) this.devices.set(item.id, structuredClone(item))
    for (const item of seed.alerts ?? []) this.alerts.set(item.id, structuredClone(item))
    for (const item of seed.users ?? []) this.users.set(item.id, structuredClone(item))
    for (const item of seed.organizations ?? []) this.organizations.set(item.id, structuredClone(item))
    for (const item of seed.webhooks ?? []) this.webhooks.set(item.id, structuredClone(item))
    for (const item of seed.metrics ?? []) this.addReading(structuredClone(item))
  }

  addReading(reading: MetricReading): void {
    const readings = this.metrics.get(reading.device_id) ?? []
    const after = readings.findLastIndex((other) => other.timestamp <= reading.timestamp)
    this.metrics.set(reading.device_id, readings.toSpliced(after + 1, 0, reading))
  }

  /** Back to what a fresh server has: one organization. */
  clear(): void {
    for (const items of [this.devices, this.alerts, this.users, this.webhooks, this.deliveries]) items.clear()
    this.metrics.clear()
    this.answers.clear()
    this.organizations.clear()
    this.seed({ organizations: [organization({ id: 'default', name: 'Default' })] })
  }
}
