import type { z } from 'zod'
import type { StoreFilter } from '../host/filters/filter-runner.js'
import { isJsonObject } from '../http/json-object.js'
import type { ResourceServices } from './resource-services.js'

/**
 * What the plugins' filters make of a value before it is stored. Fields that a filter adds and the resource does
 * not have go into `metadata`; a result that is not valid is left out, with a warning in the log.
 */
export async function filtered<Fields extends { metadata: Record<string, unknown> }>(
  { filters, logger }: Pick<ResourceServices, 'filters' | 'logger'>,
  input: {
    organization_id: string
    filter: StoreFilter
    /** The whole resource as it would be stored. */
    value: Record<string, unknown>
    fields: Fields
    schema: z.ZodType<Fields>
  },
): Promise<Fields> {
  const { organization_id, filter, value, fields, schema } = input
  const result = await filters.apply({ organization_id, filter, value })
  if (result === value) return fields
  const added = Object.entries(result).filter(([key]) => !(key in value) && !(key in fields))
  const metadata = isJsonObject(result.metadata)
    ? { ...result.metadata, ...Object.fromEntries(added) }
    : result.metadata
  const parsed = schema.safeParse({ ...result, metadata })
  if (parsed.success) return parsed.data
  logger.warn(
    { filter, organization_id, issues: parsed.error.issues.slice(0, 5) },
    `The result of the filter ${filter} is not valid and was left out`,
  )
  return fields
}
