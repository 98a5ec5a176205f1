import { z } from '@hono/zod-openapi'
import { parseDuration } from '@ops-center/plugin-sdk'
import { idField, ipAddressField, textField, timeField, timeText } from '../../http/fields.js'
import { isJsonObject, jsonObject } from '../../http/json-object.js'
import { pageQuery, pageSchema } from '../../http/pagination.js'

const STATUSES = ['online', 'offline', 'warning', 'maintenance', 'error', 'pending'] as const
const AGGREGATES = ['avg', 'min', 'max', 'sum', 'count', 'last'] as const
const MAX_INTERVAL_MS = 366 * 86_400_000
const SORT_FIELDS = ['created_at', 'name', 'type', 'status', 'last_seen'] as const

const deviceStatus = z.enum(STATUSES)

export const deviceSchema = z
  .object({
    id: idField,
    name: z.string(),
    type: z.string(),
    status: deviceStatus,
    ip_address: z.string().nullable(),
    metadata: jsonObject,
    configuration: jsonObject,
    organization_id: z.string(),
    last_seen: timeText.nullable(),
    created_at: timeText,
    updated_at: timeText,
  })
  .openapi('Device')

export type Device = z.infer<typeof deviceSchema>

/** The fields of a device that somebody decides; the platform keeps the others. */
export const deviceFields = z.object({
  name: textField(255).openapi({ example: 'Pump 7' }),
  type: textField(100).openapi({ example: 'pump' }),
  status: deviceStatus.default('pending'),
  ip_address: ipAddressField.nullable().default(null),
  metadata: jsonObject.default({}),
  configuration: jsonObject.default({}),
})

export type DeviceFields = z.infer<typeof deviceFields>

export const createDeviceBody = deviceFields.extend({ id: idField.optional() }).openapi('CreateDevice')

export const updateDeviceBody = z
  .object({
    name: deviceFields.shape.name,
    type: deviceFields.shape.type,
    status: deviceStatus,
    ip_address: ipAddressField.nullable(),
    metadata: jsonObject,
    configuration: jsonObject,
  })
  .partial()
  .openapi('UpdateDevice')

export type DevicePatch = z.infer<typeof updateDeviceBody>

export const deviceListQuery = z.object({
  ...pageQuery(),
  status: deviceStatus.optional(),
  type: z.string().optional(),
  search: z.string().max(255).optional().openapi({ description: 'Part of the id, name or address' }),
  sort: z
    .enum(SORT_FIELDS.flatMap((field) => [field, `-${field}`] as const))
    .default('created_at')
    .openapi({ description: 'With - in front: descending' }),
})

export type DeviceListQuery = z.infer<typeof deviceListQuery>

export const deviceListSchema = pageSchema('devices', deviceSchema).openapi('DeviceList')

export const deviceStatusSchema = z
  .object({ device_id: z.string(), status: deviceStatus, last_seen: timeText.nullable() })
  .openapi('DeviceStatus')

export const metricsField = jsonObject
  .refine((metrics) => Object.keys(metrics).length > 0, 'expected at least one metric')
  .openapi({ type: 'object', additionalProperties: true, example: { cpu: 41.5, memory: 63 } })

const wrappedMetrics = z.object({ metrics: metricsField, timestamp: timeField.optional() })

/** The metrics object itself, or `{metrics, timestamp?}`: what has an object under `metrics` is the latter. */
export const metricsBody = z
  .custom<Record<string, unknown>>(isJsonObject, 'expected an object')
  .transform((body) => {
    const wrapped =
      isJsonObject(body.metrics) && Object.keys(body).every((key) => key === 'metrics' || key === 'timestamp')
    return wrapped ? body : { metrics: body }
  })
  .pipe(wrappedMetrics)
  .openapi('Metrics', {
    type: 'object',
    additionalProperties: true,
    example: { cpu: 41.5, memory: 63 },
    description: 'The metrics, or {"metrics": {...}, "timestamp": "..."}',
  })

export const readingSchema = z
  .object({ device_id: z.string(), metrics: jsonObject, timestamp: timeText })
  .openapi('Reading')

export const metricsBatchBody = z
  .array(wrappedMetrics.extend({ device_id: z.string() }))
  .min(1, 'expected at least one reading')
  .max(1_000, 'expected at most 1000 readings')
  .openapi('MetricsBatch')

const intervalField = z
  .string()
  .transform((text, context) => {
    try {
      const interval = parseDuration(text)
      if (interval >= 1_000 && interval <= MAX_INTERVAL_MS) return interval
    } catch {
      // The issue below says what was expected.
    }
    context.addIssue('expected a length of time from 1s to 366d, such as 5m')
    return z.NEVER
  })
  .openapi({ type: 'string', example: '5m' })

export const metricsQuery = z.object({
  ...pageQuery(100),
  interval: intervalField.optional().openapi({
    description: 'Sums the readings up: one for each interval that has any, with its beginning as the time',
  }),
  aggregate: z
    .enum(AGGREGATES)
    .default('avg')
    .openapi({ description: 'What becomes of the numbers of an interval; other values are left out' }),
  since: timeField.optional(),
  until: timeField.optional(),
  order: z.enum(['asc', 'desc']).default('desc').openapi({ description: 'By time; newest first by default' }),
})

export type MetricsQuery = z.infer<typeof metricsQuery>

export const readingListSchema = pageSchema('metrics', readingSchema).openapi('ReadingList')
