import type { ColumnType, Generated, JSONColumnType } from 'kysely'

/** Read as a `Date`, written as a `Date`. */
export type Timestamp = ColumnType<Date, Date | undefined, Date>
/** Like {@link Timestamp}, with nothing in it until the thing happened. */
export type OptionalTimestamp = ColumnType<Date | null, Date | null | undefined, Date | null>
/** Kept as `json`, not `jsonb`: the text stays as it was sent. Written as a string. */
export type JsonObjectColumn = JSONColumnType<Record<string, unknown>>

export interface OrganizationsTable {
  id: string
  name: string
  created_at: Timestamp
}

export interface UsersTable {
  organization_id: string
  id: string
  email: string
  name: string | null
  role: string
  status: string
  last_login: OptionalTimestamp
  created_at: Timestamp
}

export interface ApiKeysTable {
  organization_id: string
  id: string
  name: string
  prefix: string
  hash: string
  scopes: JSONColumnType<string[]>
  user_id: string | null
  created_at: Timestamp
  expires_at: OptionalTimestamp
  last_used_at: OptionalTimestamp
  revoked_at: OptionalTimestamp
}

export interface DevicesTable {
  organization_id: string
  id: string
  name: string
  type: string
  status: string
  ip_address: string | null
  metadata: JsonObjectColumn
  configuration: JsonObjectColumn
  last_seen: OptionalTimestamp
  created_at: Timestamp
  updated_at: Timestamp
}

export interface DeviceMetricsTable {
  id: Generated<string>
  organization_id: string
  device_id: string
  metrics: JsonObjectColumn
  timestamp: Timestamp
}

export interface AlertsTable {
  organization_id: string
  id: string
  title: string
  message: string | null
  severity: string
  status: string
  device_id: string | null
  metadata: JsonObjectColumn
  created_by: string | null
  created_at: Timestamp
  acknowledged_at: OptionalTimestamp
  acknowledged_by: string | null
  resolved_at: OptionalTimestamp
  resolved_by: string | null
}

export interface IdempotencyKeysTable {
  organization_id: string
  principal_id: string
  key: string
  /** SHA-256 over method, path and body: the same key for another request is refused. */
  fingerprint: string
  /** Null while the first request is still running. */
  status: number | null
  location: string | null
  body: ColumnType<Record<string, unknown> | null, string | null | undefined, string | null>
  created_at: Timestamp
}

export interface WebhooksTable {
  organization_id: string
  id: string
  url: string
  events: JSONColumnType<string[]>
  status: string
  /** Why the platform disabled it. */
  status_reason: string | null
  secret: string
  /** Signs as well until its time is over, so that receivers can change over. */
  former_secret: string | null
  former_secret_until: OptionalTimestamp
  /** Deliveries in a row that failed for good. */
  failures: ColumnType<number, number | undefined, number>
  created_at: Timestamp
}

export interface WebhookDeliveriesTable {
  id: string
  organization_id: string
  webhook_id: string
  /** Null for a test. */
  event_id: string | null
  event: string
  /** The bytes that were sent, kept for every further attempt. */
  body: string | null
  status: string
  attempts: number
  status_code: number | null
  error: string | null
  created_at: Timestamp
  delivered_at: OptionalTimestamp
  next_attempt_at: OptionalTimestamp
}

export interface AuditLogTable {
  id: Generated<string>
  organization_id: string
  occurred_at: Timestamp
  principal_kind: string
  principal_id: string
  principal: string
  action: string
  path: string
  fields: JSONColumnType<string[]>
  status: number
  request_id: string
}

/** Tables of the resources, of their keys and of repeated requests. */
export interface ResourcesSchema {
  organizations: OrganizationsTable
  users: UsersTable
  api_keys: ApiKeysTable
  devices: DevicesTable
  device_metrics: DeviceMetricsTable
  alerts: AlertsTable
  idempotency_keys: IdempotencyKeysTable
  webhooks: WebhooksTable
  webhook_deliveries: WebhookDeliveriesTable
  audit_log: AuditLogTable
}
