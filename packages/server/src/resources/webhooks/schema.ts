import { z } from '@hono/zod-openapi'
import { parseDuration } from '@ops-center/plugin-sdk'
import { isEventPattern } from '@ops-center/plugin-sdk/protocol'
import { idField, textField, timeText } from '../../http/fields.js'
import { pageQuery, pageSchema } from '../../http/pagination.js'

const MAX_OVERLAP_MS = 30 * 86_400_000

const webhookStatus = z.enum(['active', 'disabled'])
const deliveryStatus = z.enum(['pending', 'delivered', 'failed'])

export const webhookSchema = z
  .object({
    id: idField,
    url: z.string().openapi({ example: 'https://example.com/hook' }),
    events: z.array(z.string()).openapi({ example: ['alert.created', 'device.*'] }),
    status: webhookStatus,
    status_reason: z.string().nullable().openapi({ description: 'Why the platform disabled it' }),
    organization_id: z.string(),
    created_at: timeText,
  })
  .openapi('Webhook')

export type Webhook = z.infer<typeof webhookSchema>

export const webhookWithSecretSchema = webhookSchema
  .extend({
    secret: z.string().openapi({ description: 'Signs the deliveries; shown in this answer only' }),
  })
  .openapi('WebhookWithSecret')

const urlField = z
  .url({ protocol: /^https?$/, error: 'expected an address that begins with https:// or http://' })
  .max(2_048, 'expected at most 2048 characters')
  .refine((text) => !hasCredentials(text), 'expected an address without a user name and password')
  .openapi({ example: 'https://example.com/hook' })

const eventsField = z
  .array(
    z.string().refine(isEventPattern, 'expected the name of an event, a pattern such as "device.*", or "*"'),
  )
  .min(1, 'expected at least one event')
  .max(100, 'expected at most 100 events')
  .transform((events) => [...new Set(events)])
  .openapi({ type: 'array', items: { type: 'string' }, example: ['alert.created', 'device.*'] })

const secretField = textField(255)

export const createWebhookBody = z
  .object({
    id: idField.optional(),
    url: urlField,
    events: eventsField,
    status: webhookStatus.default('active'),
    secret: secretField.optional().openapi({ description: 'Default: a new random one' }),
  })
  .openapi('CreateWebhook')

export type CreateWebhook = z.infer<typeof createWebhookBody>

export const updateWebhookBody = z
  .object({
    url: urlField,
    events: eventsField,
    status: webhookStatus,
    secret: secretField.openapi({ description: 'Replaces the secret at once' }),
  })
  .partial()
  .openapi('UpdateWebhook')

export type UpdateWebhook = z.infer<typeof updateWebhookBody>

const overlapField = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    try {
      const overlap = parseDuration(value)
      if (overlap <= MAX_OVERLAP_MS) return overlap
    } catch {
      // The issue below says what was expected.
    }
    context.addIssue('expected a length of time such as 24h, at most 30d')
    return z.NEVER
  })
  .openapi({ type: 'string', example: '24h', description: 'How long the former secret signs too' })

export const rotateSecretBody = z
  .object({ secret: secretField.optional(), overlap: overlapField.optional() })
  .openapi('RotateWebhookSecret')

export type RotateSecret = z.infer<typeof rotateSecretBody>

export const webhookListQuery = z.object({
  ...pageQuery(100),
  status: webhookStatus.optional(),
  event: z.string().max(128).optional().openapi({ description: 'Webhooks that name exactly this event' }),
})

export type WebhookListQuery = z.infer<typeof webhookListQuery>

export const webhookListSchema = pageSchema('webhooks', webhookSchema).openapi('WebhookList')

export const webhookDeliverySchema = z
  .object({
    id: z.string(),
    webhook_id: z.string(),
    event: z.string(),
    status: deliveryStatus,
    attempts: z.int(),
    status_code: z.int().nullable().openapi({ description: 'Of the last attempt; null without an answer' }),
    error: z.string().nullable(),
    created_at: timeText,
    delivered_at: timeText.nullable(),
    next_attempt_at: timeText.nullable(),
  })
  .openapi('WebhookDelivery')

export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>

export const deliveryListQuery = z.object({ ...pageQuery(100), status: deliveryStatus.optional() })

export type DeliveryListQuery = z.infer<typeof deliveryListQuery>

export const deliveryListSchema = pageSchema('deliveries', webhookDeliverySchema).openapi(
  'WebhookDeliveryList',
)

function hasCredentials(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username !== '' || password !== ''
}
