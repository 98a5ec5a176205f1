import { createRoute, z } from '@hono/zod-openapi'
import type { AddRoutes } from '../../http/create-http-app.js'
import { optionalTextField } from '../../http/fields.js'
import { pageQuery, pageSchema } from '../../http/pagination.js'
import { json, problems, secured } from '../../http/route-parts.js'
import type { RegistryOptions } from '../registry-options.js'
import { countByCategory } from './count-by-category.js'
import { findPlugins } from './find-plugins.js'
import { CATEGORIES, pluginResource, TYPES } from './plugin-resource.js'

const tags = ['marketplace']
const pluginsPage = pageSchema('plugins', pluginResource)
const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

const filters = {
  category: z.enum(CATEGORIES).optional(),
  type: z.enum(TYPES).optional(),
}

const list = createRoute({
  method: 'get',
  path: '/plugins/marketplace',
  tags,
  summary: 'Find plugins',
  ...secured('plugins:read'),
  request: {
    query: z.object({
      ...pageQuery(),
      ...filters,
      search: optionalTextField(200).optional().openapi({ description: 'Words, or their beginnings' }),
      sort: z.enum(['relevance', 'name', 'downloads', 'installs', 'rating', 'updated']).default('relevance'),
      prerelease: flag.optional().openapi({ description: 'Also plugins that have nothing but pre-releases' }),
    }),
  },
  responses: { 200: json('One page of plugins', pluginsPage), ...problems(422) },
})

const categories = createRoute({
  method: 'get',
  path: '/plugins/marketplace/categories',
  tags,
  summary: 'List the categories',
  ...secured('plugins:read'),
  responses: {
    200: json(
      'Every category, with how many plugins it has',
      z.object({ categories: z.array(z.object({ name: z.enum(CATEGORIES), count: z.int() })) }),
    ),
    ...problems(),
  },
})

const featured = createRoute({
  method: 'get',
  path: '/plugins/marketplace/featured',
  tags,
  summary: 'List what the operator recommends, then what is rated best',
  ...secured('plugins:read'),
  request: { query: z.object({ ...pageQuery(), ...filters }) },
  responses: { 200: json('One page of plugins', pluginsPage), ...problems(422) },
})

const trending = createRoute({
  method: 'get',
  path: '/plugins/marketplace/trending',
  tags,
  summary: 'List what was installed most in the last seven days',
  ...secured('plugins:read'),
  request: { query: z.object({ ...pageQuery(), ...filters }) },
  responses: { 200: json('One page of plugins', pluginsPage), ...problems(422) },
})

/** Lists of the marketplace. */
export function marketplaceRoutes({ database, featuredPlugins }: RegistryOptions): AddRoutes {
  const { kysely } = database
  return (router) => {
    router.openapi(list, async (c) => c.json(await findPlugins(kysely, c.req.valid('query')), 200))
    router.openapi(categories, async (c) => c.json({ categories: await countByCategory(kysely) }, 200))
    router.openapi(featured, async (c) => {
      const query = { ...c.req.valid('query'), sort: 'featured', featured: featuredPlugins } as const
      return c.json(await findPlugins(kysely, query), 200)
    })
    router.openapi(trending, async (c) => {
      return c.json(await findPlugins(kysely, { ...c.req.valid('query'), sort: 'trending' }), 200)
    })
  }
}
