import { createRoute, z } from '@hono/zod-openapi'
import type { AddRoutes } from '../../http/create-http-app.js'
import { notFound } from '../../http/http-problem.js'
import { offsetOf, pageQuery, pageSchema, paginationOf } from '../../http/pagination.js'
import { json, problems, secured } from '../../http/route-parts.js'
import { createRegistry } from '../registry.js'
import type { RegistryOptions } from '../registry-options.js'
import { answering } from '../registry-problem.js'
import { downloadResponse } from './download-response.js'
import { pluginParams, versionParams } from './plugin-params.js'
import { PLUGIN_COLUMNS, pluginResource, toPluginResource } from './plugin-resource.js'
import {
  toVersionResource,
  toVersionWithManifest,
  versionResource,
  versionWithManifest,
} from './version-resource.js'

const tags = ['marketplace']

const pluginDetail = pluginResource
  .extend({
    latest: versionWithManifest.nullable().openapi({ description: 'The version named by `version`' }),
  })
  .openapi('MarketplacePluginDetail')

const detail = createRoute({
  method: 'get',
  path: '/plugins/marketplace/{id}',
  tags,
  summary: 'Get a plugin',
  ...secured('plugins:read'),
  request: { params: pluginParams },
  responses: { 200: json('The plugin', pluginDetail), ...problems(404) },
})

const listVersions = createRoute({
  method: 'get',
  path: '/plugins/marketplace/{id}/versions',
  tags,
  summary: 'List the versions of a plugin, highest first, yanked ones included',
  ...secured('plugins:read'),
  request: { params: pluginParams, query: z.object(pageQuery()) },
  responses: {
    200: json('One page of versions', pageSchema('versions', versionResource)),
    ...problems(404, 422),
  },
})

const getVersion = createRoute({
  method: 'get',
  path: '/plugins/marketplace/{id}/versions/{version}',
  tags,
  summary: 'Get a version of a plugin',
  ...secured('plugins:read'),
  request: { params: versionParams },
  responses: { 200: json('The version', versionWithManifest), ...problems(404) },
})

const download = createRoute({
  method: 'get',
  path: '/plugins/marketplace/{id}/versions/{version}/download',
  tags,
  summary: 'Download the package of a version',
  ...secured('plugins:read'),
  request: { params: versionParams },
  responses: {
    200: {
      description: 'The package; X-Checksum-Sha256 has its checksum',
      content: { 'application/gzip': { schema: { type: 'string', format: 'binary' } } },
    },
    304: { description: 'The caller has it already' },
    ...problems(404),
  },
})

/** One plugin of the marketplace, its versions and their packages. */
export function pluginRoutes({ database }: RegistryOptions): AddRoutes {
  const { kysely } = database
  const registry = createRegistry(database)
  return (router) => {
    router.openapi(detail, async (c) => {
      const { id } = c.req.valid('param')
      const row = await kysely
        .selectFrom('plugins')
        .select(PLUGIN_COLUMNS)
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row) throw notFound('plugin', id)
      const plugin = toPluginResource(row)
      const shown = plugin.version === null ? undefined : await registry.resolve(id, plugin.version)
      const latest = shown === undefined ? null : toVersionWithManifest(shown)
      return c.json({ ...plugin, latest }, 200)
    })
    router.openapi(listVersions, async (c) => {
      const query = c.req.valid('query')
      const all = await answering(() => registry.versions(c.req.valid('param').id))
      const page = all.slice(offsetOf(query), offsetOf(query) + query.page_size)
      return c.json(
        { versions: page.map(toVersionResource), pagination: paginationOf(query, all.length) },
        200,
      )
    })
    router.openapi(getVersion, async (c) => {
      const { id, version } = c.req.valid('param')
      const found = await answering(() => registry.resolve(id, version, { yanked: true }))
      return c.json(toVersionWithManifest(found), 200)
    })
    router.openapi(download, async (c) => {
      const { id, version } = c.req.valid('param')
      const found = await answering(() => registry.resolve(id, version))
      return downloadResponse(kysely, found, c.req.header('if-none-match'))
    })
  }
}
