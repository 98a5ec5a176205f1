import { z } from '@hono/zod-openapi'
import { idField, optionalTextField, textField, timeText } from '../../http/fields.js'
import { jsonObject } from '../../http/json-object.js'
import { pageQuery, pageSchema } from '../../http/pagination.js'

const SEVERITIES = ['info', 'warning', 'error', 'critical'] as const
const STATUSES = ['active', 'acknowledged', 'resolved'] as const

const severity = z.enum(SEVERITIES)
const alertStatus = z.enum(STATUSES)

export type AlertStatus = z.infer<typeof alertStatus>

export const alertSchema = z
  .object({
    id: idField,
    title: z.string(),
    message: z.string().nullable(),
    severity,
    status: alertStatus,
    device_id: z.string().nullable(),
    metadata: jsonObject,
    organization_id: z.string(),
    created_by: z.string().nullable(),
    created_at: timeText,
    acknowledged_at: timeText.nullable(),
    acknowledged_by: z.string().nullable(),
    resolved_at: timeText.nullable(),
    resolved_by: z.string().nullable(),
  })
  .openapi('Alert')

export type Alert = z.infer<typeof alertSchema>

/** The fields of an alert that somebody decides; its status changes by being acknowledged and resolved. */
export const alertFields = z.object({
  severity,
  title: textField(500).openapi({ example: 'CPU of pump-7 is far above its usual level' }),
  message: optionalTextField(10_000).nullable().default(null),
  device_id: idField.nullable().default(null),
  metadata: jsonObject.default({}),
})

export type AlertFields = z.infer<typeof alertFields>

export const createAlertBody = alertFields.extend({ id: idField.optional() }).openapi('CreateAlert')

export const updateAlertBody = z
  .object({
    severity,
    title: alertFields.shape.title,
    message: optionalTextField(10_000).nullable(),
    device_id: idField.nullable(),
    metadata: jsonObject,
    status: alertStatus,
  })
  .partial()
  .openapi('UpdateAlert')

export type AlertPatch = z.infer<typeof updateAlertBody>

export const alertListQuery = z.object({
  ...pageQuery(100),
  severity: severity.optional(),
  status: alertStatus.optional(),
  device_id: z.string().optional(),
})

export type AlertListQuery = z.infer<typeof alertListQuery>

export const alertListSchema = pageSchema('alerts', alertSchema).openapi('AlertList')
