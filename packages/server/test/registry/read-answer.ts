import { z } from 'zod'
import { pageSchema } from '../../src/http/pagination.js'
import { pluginResource } from '../../src/registry/marketplace/plugin-resource.js'
import { reviewResource } from '../../src/registry/marketplace/review-resource.js'
import { versionResource } from '../../src/registry/marketplace/version-resource.js'

export const pluginsPage = pageSchema('plugins', pluginResource)
export const versionsPage = pageSchema('versions', versionResource)
export const reviewsPage = pageSchema('reviews', reviewResource)
export const problem = z.object({
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
})

/** The JSON of an answer, which must be as the schema says. */
export async function readAnswer<Schema extends z.ZodType>(
  response: Response,
  schema: Schema,
): Promise<z.infer<Schema>> {
  return schema.parse(await response.json())
}
