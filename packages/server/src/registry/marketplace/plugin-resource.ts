import { z } from '@hono/zod-openapi'
import { manifestSchema } from '@ops-center/plugin-sdk/manifest'
import type { Selectable } from 'kysely'
import { timeText } from '../../http/fields.js'
import type { PluginsTable } from '../schema.js'

/** Shelves of the marketplace, as the manifest knows them. */
export const CATEGORIES = manifestSchema.shape.category.unwrap().options
export const TYPES = manifestSchema.shape.type.options

/** A plugin in a list of the marketplace. */
export const pluginResource = z
  .object({
    id: z.string().openapi({ example: 'weather-monitor' }),
    name: z.string().openapi({ example: 'Weather Monitor' }),
    description: z.string(),
    author: z.string(),
    type: z.enum(TYPES),
    category: z.enum(CATEGORIES),
    version: z.string().nullable().openapi({
      description:
        'The latest version, or the latest pre-release where there is no other; null when all were yanked',
      example: '1.0.0',
    }),
    latest_version: z.string().nullable().openapi({ example: '1.0.0' }),
    latest_prerelease: z.string().nullable().openapi({ example: null }),
    license: z.string().nullable(),
    homepage: z.string().nullable(),
    repository: z.string().nullable(),
    documentation: z.string().nullable(),
    keywords: z.array(z.string()),
    pricing: z.object({ model: z.string(), price: z.number().optional() }).nullable(),
    organization_id: z.string().openapi({ description: 'The organization that publishes it' }),
    downloads: z.int(),
    installs: z.int(),
    rating_average: z.number().nullable().openapi({ description: 'From 1 to 5, null without reviews' }),
    rating_count: z.int(),
    created_at: timeText,
    updated_at: timeText,
  })
  .openapi('MarketplacePlugin')

export type PluginResource = z.infer<typeof pluginResource>

/** Columns that {@link toPluginResource} needs. */
export const PLUGIN_COLUMNS = [
  'id',
  'organization_id',
  'name',
  'description',
  'category',
  'type',
  'author',
  'license',
  'homepage',
  'repository',
  'documentation',
  'keywords',
  'pricing',
  'latest_version',
  'latest_prerelease',
  'downloads',
  'installs',
  'rating_total',
  'rating_count',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof PluginsTable)[]

type PluginRow = Pick<Selectable<PluginsTable>, (typeof PLUGIN_COLUMNS)[number]>

export function toPluginResource(row: PluginRow): PluginResource {
  const { rating_total, latest_version, latest_prerelease, ...rest } = row
  return {
    ...rest,
    type: pluginResource.shape.type.parse(row.type),
    category: pluginResource.shape.category.parse(row.category),
    pricing: row.pricing ?? null,
    version: latest_version ?? latest_prerelease,
    latest_version,
    latest_prerelease,
    rating_average: row.rating_count === 0 ? null : Math.round((rating_total / row.rating_count) * 100) / 100,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}
