import { z } from '@hono/zod-openapi'
import { idField, textField, timeText } from '../../http/fields.js'
import { pageQuery, pageSchema } from '../../http/pagination.js'

export const organizationSchema = z
  .object({ id: idField, name: z.string(), created_at: timeText })
  .openapi('Organization')

export type Organization = z.infer<typeof organizationSchema>

export const createOrganizationBody = z
  .object({ id: idField.optional(), name: textField(255).openapi({ example: 'North plant' }) })
  .openapi('CreateOrganization')

export const organizationListQuery = z.object(pageQuery(100))

export type OrganizationListQuery = z.infer<typeof organizationListQuery>

export const organizationListSchema = pageSchema('organizations', organizationSchema).openapi(
  'OrganizationList',
)
