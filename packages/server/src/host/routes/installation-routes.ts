import { createRoute, z } from '@hono/zod-openapi'
import { MIN_SECRET_LENGTH } from '@ops-center/plugin-sdk/protocol'
import type { ApiRouter } from '../../http/create-http-app.js'
import { HttpProblem } from '../../http/http-problem.js'
import { jsonObject } from '../../http/json-object.js'
import { json, jsonBody, problems, secured } from '../../http/route-parts.js'
import { type InstallServices, installWithDependencies } from '../installations/install-with-dependencies.js'
import { presentInstallation } from '../installations/installation.js'
import type { PluginRunner } from '../running/plugin-runner.js'
import { pluginParams } from './plugin-params.js'

const tags = ['installations']

const installationSchema = z
  .object({
    id: z.string(),
    plugin_id: z.string(),
    version: z.string(),
    previous_version: z.string().nullable(),
    state: z.enum([
      'installing',
      'installed',
      'enabling',
      'enabled',
      'disabling',
      'disabled',
      'updating',
      'uninstalling',
      'error',
    ]),
    reason: z.string().nullable(),
    enabled: z.boolean(),
    permissions: z.array(z.string()),
    remote_url: z.string().nullable(),
    organization_id: z.string(),
    installed_at: z.string(),
    updated_at: z.string(),
  })
  .openapi('Installation')

const remoteBody = z.object({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
  secret: z
    .string()
    .min(MIN_SECRET_LENGTH)
    .max(512)
    .regex(/^[\x21-\x7e]+$/),
})

const permissions = z.array(z.string().max(128)).max(64).optional()

const installBody = z.object({
  plugin_id: pluginParams.shape.id,
  version: z.string().max(256).optional(),
  config: jsonObject.optional(),
  permissions,
  enable: z.boolean().optional(),
  remote: remoteBody.optional(),
  with_dependencies: z.boolean().optional(),
})

const updateBody = z.object({ version: z.string().max(256).optional(), permissions }).nullish()

const rollbackBody = z.object({ permissions }).nullish()

const uninstallBody = z.object({ purge: z.boolean().optional() }).nullish()

const list = createRoute({
  method: 'get',
  path: '/plugins/installed',
  tags,
  summary: 'List installed plugins',
  ...secured('plugins:read'),
  responses: {
    200: json('The installations', z.object({ plugins: z.array(installationSchema) })),
    ...problems(),
  },
})

const install = createRoute({
  method: 'post',
  path: '/plugins/install',
  tags,
  summary: 'Install a published plugin',
  ...secured('plugins:write'),
  request: { body: jsonBody(installBody) },
  responses: { 201: json('The installation', installationSchema), ...problems(404, 409, 413, 415, 422) },
})

const change = <Verb extends 'enable' | 'disable'>(verb: Verb) =>
  createRoute({
    method: 'post',
    path: `/plugins/{id}/${verb}`,
    tags,
    summary: verb === 'enable' ? 'Enable an installed plugin' : 'Disable an installed plugin',
    ...secured('plugins:write'),
    request: { params: pluginParams },
    responses: { 200: json('The installation', installationSchema), ...problems(404, 422) },
  })

const update = createRoute({
  method: 'post',
  path: '/plugins/{id}/update',
  tags,
  summary: 'Update an installed plugin; when anything fails, the former version goes on',
  ...secured('plugins:write'),
  request: {
    params: pluginParams,
    body: { required: false, content: { 'application/json': { schema: updateBody } } },
  },
  responses: { 200: json('The installation', installationSchema), ...problems(404, 409, 413, 415, 422) },
})

const rollback = createRoute({
  method: 'post',
  path: '/plugins/{id}/rollback',
  tags,
  summary: 'Go back to the version before the last update, with the permissions it had',
  ...secured('plugins:write'),
  request: {
    params: pluginParams,
    body: { required: false, content: { 'application/json': { schema: rollbackBody } } },
  },
  responses: { 200: json('The installation', installationSchema), ...problems(404, 409, 413, 415, 422) },
})

const move = createRoute({
  method: 'put',
  path: '/plugins/{id}/remote',
  tags,
  summary:
    'Link a remote plugin at another address or with another secret; it stays where it is unless it is well there',
  ...secured('plugins:write'),
  request: { params: pluginParams, body: jsonBody(remoteBody) },
  responses: { 200: json('The installation', installationSchema), ...problems(404, 413, 415, 422) },
})

const uninstall = createRoute({
  method: 'post',
  path: '/plugins/{id}/uninstall',
  tags,
  summary: 'Uninstall a plugin; with purge, along with everything it stored',
  ...secured('plugins:write'),
  request: {
    params: pluginParams,
    body: { required: false, content: { 'application/json': { schema: uninstallBody } } },
  },
  responses: {
    200: json('Uninstalled', z.object({ status: z.literal('uninstalled'), id: z.string() })),
    ...problems(404, 422),
  },
})

const configSchema = z.object({ config: jsonObject })

const readConfig = createRoute({
  method: 'get',
  path: '/plugins/{id}/config',
  tags,
  summary: 'Read the configuration of an installed plugin, its secrets masked',
  ...secured('plugins:read'),
  request: { params: pluginParams },
  responses: { 200: json('The configuration', configSchema), ...problems(404) },
})

const writeConfig = createRoute({
  method: 'put',
  path: '/plugins/{id}/config',
  tags,
  summary: 'Change settings of an installed plugin: objects merge, null removes',
  ...secured('plugins:write'),
  request: { params: pluginParams, body: jsonBody(configSchema) },
  responses: { 200: json('The configuration', configSchema), ...problems(404, 413, 415, 422) },
})

export interface InstallationRouteServices extends InstallServices {
  runnerOf: (installationId: string) => PluginRunner | undefined
}

/** The operator's routes below `/plugins`. */
export function installationRoutes({ installations, registry, runnerOf }: InstallationRouteServices) {
  return (router: ApiRouter): void => {
    router.openapi(list, async (c) => {
      const all = await installations.list(c.var.principal.organization_id)
      const plugins = all.map((each) => presentInstallation(each, runnerOf(each.id)?.whyDown))
      return c.json({ plugins }, 200)
    })
    router.openapi(install, async (c) => {
      const installation = await installWithDependencies(
        { installations, registry },
        c.var.principal.organization_id,
        c.req.valid('json'),
      )
      c.header('location', '/api/v1/plugins/installed')
      return c.json(presentInstallation(installation), 201)
    })
    for (const verb of ['enable', 'disable'] as const) {
      router.openapi(change(verb), async (c) => {
        const installation = await installations[verb](
          c.var.principal.organization_id,
          c.req.valid('param').id,
        )
        return c.json(presentInstallation(installation), 200)
      })
    }
    router.openapi(update, async (c) => {
      const { organization_id } = c.var.principal
      const installation = await installations.update(
        organization_id,
        c.req.valid('param').id,
        c.req.valid('json') ?? {},
      )
      return c.json(presentInstallation(installation), 200)
    })
    router.openapi(rollback, async (c) => {
      const installation = await installations.rollback(
        c.var.principal.organization_id,
        c.req.valid('param').id,
        c.req.valid('json')?.permissions,
      )
      return c.json(presentInstallation(installation), 200)
    })
    router.openapi(move, async (c) => {
      const { organization_id, kind } = c.var.principal
      if (kind !== 'key') throw new HttpProblem(403, 'Only a person may say where a plugin is')
      const { id } = c.req.valid('param')
      const installation = await installations.move(organization_id, id, c.req.valid('json'))
      return c.json(presentInstallation(installation), 200)
    })
    router.openapi(uninstall, async (c) => {
      const { id } = c.req.valid('param')
      await installations.uninstall(c.var.principal.organization_id, id, c.req.valid('json')?.purge)
      return c.json({ status: 'uninstalled' as const, id }, 200)
    })
    router.openapi(readConfig, async (c) => {
      const { organization_id } = c.var.principal
      return c.json(
        { config: await installations.shownConfig(organization_id, c.req.valid('param').id) },
        200,
      )
    })
    router.openapi(writeConfig, async (c) => {
      const { organization_id, kind } = c.var.principal
      const { id } = c.req.valid('param')
      if (kind !== 'key') throw new HttpProblem(403, 'Only a person may configure a plugin')
      await installations.configure(organization_id, id, c.req.valid('json').config)
      return c.json({ config: await installations.shownConfig(organization_id, id) }, 200)
    })
  }
}
