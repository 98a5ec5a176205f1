import { z } from '@hono/zod-openapi'
import { idField, textField, timeText } from '../../http/fields.js'
import { pageQuery, pageSchema } from '../../http/pagination.js'

const role = z.enum(['admin', 'operator', 'viewer'])
const userStatus = z.enum(['active', 'inactive', 'invited'])

export const userSchema = z
  .object({
    id: idField,
    email: z.string(),
    name: z.string().nullable(),
    role,
    status: userStatus,
    organization_id: z.string(),
    last_login: timeText.nullable(),
    created_at: timeText,
  })
  .openapi('User')

export type User = z.infer<typeof userSchema>

const emailField = z.email('expected an email address').max(254).openapi({ example: 'ada@example.com' })

export const createUserBody = z
  .object({
    id: idField.optional(),
    email: emailField,
    name: textField(255).nullable().default(null),
    role: role.default('viewer'),
    status: userStatus.default('active'),
  })
  .openapi('CreateUser')

export type UserFields = Omit<z.infer<typeof createUserBody>, 'id'>

export const updateUserBody = z
  .object({ email: emailField, name: textField(255).nullable(), role, status: userStatus })
  .partial()
  .openapi('UpdateUser')

export type UserPatch = z.infer<typeof updateUserBody>

export const userListQuery = z.object({
  ...pageQuery(),
  role: role.optional(),
  status: userStatus.optional(),
  search: z.string().max(255).optional().openapi({ description: 'Part of the email address or name' }),
})

export type UserListQuery = z.infer<typeof userListQuery>

export const userListSchema = pageSchema('users', userSchema).openapi('UserList')
