import { createRoute, z } from '@hono/zod-openapi'
import type { AddRoutes } from '../../http/create-http-app.js'
import { optionalTextField } from '../../http/fields.js'
import { deletedSchema, json, jsonBody, problems, secured } from '../../http/route-parts.js'
import { versionParams } from '../marketplace/plugin-params.js'
import { toVersionResource, versionResource } from '../marketplace/version-resource.js'
import type { RegistryOptions } from '../registry-options.js'
import { answering } from '../registry-problem.js'
import { changeVersion } from './change-version.js'

const tags = ['registry']

const deprecate = createRoute({
  method: 'post',
  path: '/plugins/{id}/versions/{version}/deprecate',
  tags,
  summary: 'Advise against a version, or take that back',
  ...secured('plugins:write'),
  request: {
    params: versionParams,
    body: {
      ...jsonBody(
        z
          .object({
            message: optionalTextField(2_000).optional().openapi({ example: 'Use 2.0.0' }),
            deprecated: z.boolean().default(true),
          })
          .nullable(),
      ),
      required: false,
    },
  },
  responses: { 200: json('The version', versionResource), ...problems(404, 415, 422) },
})

const yank = createRoute({
  method: 'delete',
  path: '/plugins/{id}/versions/{version}',
  tags,
  summary: 'Yank a version: nobody is offered it any more, those who have it keep it',
  ...secured('plugins:write'),
  request: { params: versionParams },
  responses: { 200: json('It is yanked', deletedSchema), ...problems(404) },
})

/** What a publisher does with versions after publishing them. */
export function versionRoutes({ database }: RegistryOptions): AddRoutes {
  return (router) => {
    router.openapi(deprecate, async (c) => {
      const { message = null, deprecated = true } = c.req.valid('json') ?? {}
      const change = deprecated
        ? { deprecated_at: new Date(), deprecation_message: message }
        : { deprecated_at: null, deprecation_message: null }
      const { organization_id } = c.var.principal
      const version = await answering(() =>
        changeVersion(database, { ...c.req.valid('param'), organization_id }, () => change),
      )
      return c.json(toVersionResource(version), 200)
    })
    router.openapi(yank, async (c) => {
      const { id, version } = c.req.valid('param')
      const { organization_id } = c.var.principal
      await answering(() =>
        changeVersion(database, { id, version, organization_id }, ({ yanked_at }) => ({
          yanked_at: yanked_at ?? new Date(),
        })),
      )
      return c.json({ status: 'deleted', id: `${id}@${version}` } as const, 200)
    })
  }
}
