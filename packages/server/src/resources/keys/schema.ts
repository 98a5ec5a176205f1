import { z } from '@hono/zod-openapi'
import { parseDuration } from '@ops-center/plugin-sdk'
import { KEY_PERMISSIONS, normalizePermission } from '../../auth/permissions.js'
import { idField, textField, timeField, timeText } from '../../http/fields.js'
import { pageQuery, pageSchema } from '../../http/pagination.js'

export const apiKeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().openapi({ description: 'How the key begins, to recognise it' }),
    scopes: z.array(z.string()),
    user_id: z.string().nullable(),
    organization_id: z.string(),
    created_at: timeText,
    expires_at: timeText.nullable(),
    last_used_at: timeText.nullable().openapi({ description: 'Exact to the minute' }),
  })
  .openapi('ApiKey')

export type ApiKey = z.infer<typeof apiKeySchema>

export const createdKeySchema = apiKeySchema
  .extend({
    key: z.string().nullable().openapi({ description: 'The key itself; null when the answer is repeated' }),
  })
  .openapi('CreatedApiKey')

const scope = z
  .string()
  .transform(normalizePermission)
  .refine((text) => KEY_PERMISSIONS.includes(text), `expected one of ${KEY_PERMISSIONS.join(', ')}`)

const lifetime = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    try {
      return parseDuration(value)
    } catch {
      context.addIssue('expected a length of time such as 30d')
      return z.NEVER
    }
  })
  .openapi({ type: 'string', example: '30d' })

export const createKeyBody = z
  .object({
    name: textField(255),
    scopes: z.array(scope).min(1).max(100).optional(),
    role: z
      .enum(['admin', 'operator', 'viewer'])
      .optional()
      .openapi({ description: 'Instead of scopes; default viewer' }),
    expires_at: timeField.optional(),
    expires_in: lifetime.optional(),
    user_id: idField.optional().openapi({
      description: 'Whose key it is: at no time can it do more than the role of its user stands for',
    }),
    organization_id: idField
      .optional()
      .openapi({ description: 'Another organization: only for the operator' }),
  })
  .refine(
    ({ scopes, role }) => scopes === undefined || role === undefined,
    'expected scopes or role, not both',
  )
  .refine(
    ({ expires_at, expires_in }) => expires_at === undefined || expires_in === undefined,
    'expected expires_at or expires_in, not both',
  )
  .openapi('CreateApiKey')

export type CreateKey = z.infer<typeof createKeyBody>

export const keyListQuery = z.object(pageQuery(100))

export type KeyListQuery = z.infer<typeof keyListQuery>

export const keyListSchema = pageSchema('api_keys', apiKeySchema).openapi('ApiKeyList')
