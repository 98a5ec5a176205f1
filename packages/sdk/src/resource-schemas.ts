import * as z from 'zod'

export const DEVICE_STATUSES = ['online', 'offline', 'warning', 'maintenance', 'error', 'pending'] as const
export const ALERT_SEVERITIES = ['info', 'warning', 'error', 'critical'] as const
export const ALERT_STATUSES = ['active', 'acknowledged', 'resolved'] as const
export const USER_ROLES = ['admin', 'operator', 'viewer'] as const
export const WEBHOOK_STATUSES = ['active', 'disabled'] as const

const time = z.string()
const attributes = z.record(z.string(), z.unknown())

/** A device as the platform answers it. */
export const deviceSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  status: z.enum(DEVICE_STATUSES),
  ip_address: z.string().nullable(),
  metadata: attributes,
  configuration: attributes,
  organization_id: z.string(),
  last_seen: time.nullable(),
  created_at: time,
  updated_at: time,
})

/** An alert as the platform answers it. */
export const alertSchema = z.object({
  id: z.string(),
  title: z.string(),
  message: z.string().nullable(),
  severity: z.enum(ALERT_SEVERITIES),
  status: z.enum(ALERT_STATUSES),
  device_id: z.string().nullable(),
  metadata: attributes,
  organization_id: z.string(),
  created_by: z.string().nullable(),
  created_at: time,
  acknowledged_at: time.nullable(),
  acknowledged_by: z.string().nullable(),
  resolved_at: time.nullable(),
  resolved_by: z.string().nullable(),
})

/** A user as the platform answers it. */
export const userSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string().nullable(),
  role: z.enum(USER_ROLES),
  status: z.string(),
  organization_id: z.string(),
  last_login: time.nullable(),
  created_at: time,
})

/** An organization as the platform answers it. */
export const organizationSchema = z.object({
  id: z.string(),
  name: z.string(),
  created_at: time,
})

/** A webhook as the platform answers it; its secret is never part of an event. */
export const webhookSchema = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  status: z.enum(WEBHOOK_STATUSES),
  organization_id: z.string(),
  created_at: time,
})
