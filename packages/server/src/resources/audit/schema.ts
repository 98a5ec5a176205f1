import { z } from '@hono/zod-openapi'
import { timeField, timeText } from '../../http/fields.js'
import { pageQuery, pageSchema } from '../../http/pagination.js'

const principalKind = z.enum(['key', 'installation'])

export const auditEntrySchema = z
  .object({
    id: z.string(),
    occurred_at: timeText,
    principal_kind: principalKind,
    principal_id: z.string().openapi({ description: 'Id of the API key or of the installation' }),
    principal: z.string().openapi({ description: 'The user, key or plugin' }),
    action: z.string().openapi({ example: 'PATCH /devices/{id}' }),
    path: z.string().openapi({ example: '/api/v1/devices/pump-7' }),
    fields: z.array(z.string()).openapi({ description: 'Fields that were sent, without their values' }),
    status: z.int(),
    request_id: z.string(),
    organization_id: z.string(),
  })
  .openapi('AuditEntry')

export type AuditEntry = z.infer<typeof auditEntrySchema>

export const auditQuery = z.object({
  ...pageQuery(100),
  principal_id: z.string().max(128).optional(),
  principal_kind: principalKind.optional(),
  action: z.string().max(255).optional().openapi({ description: 'Exactly, such as "PATCH /devices/{id}"' }),
  path: z.string().max(2_048).optional().openapi({ description: 'Exactly' }),
  since: timeField.optional(),
  until: timeField.optional(),
})

export type AuditQuery = z.infer<typeof auditQuery>

export const auditListSchema = pageSchema('entries', auditEntrySchema).openapi('AuditLog')
