import { createRoute, z } from '@hono/zod-openapi'
import type { AddRoutes } from '../../http/create-http-app.js'
import { json, problems, secured } from '../../http/route-parts.js'
import { toVersionWithManifest, versionWithManifest } from '../marketplace/version-resource.js'
import { DEFAULT_MAX_PACKAGE_BYTES, type RegistryOptions } from '../registry-options.js'
import { answering } from '../registry-problem.js'
import { NO_SIGNATURES } from '../signature-policy.js'
import { acceptUpload } from './accept-upload.js'
import { withUpload } from './receive-upload.js'

const uploadedVersion = versionWithManifest
  .extend({
    id: z.string().openapi({ description: 'The same as `plugin_id`' }),
    warnings: z.array(z.object({ path: z.string(), message: z.string(), fix: z.string() })),
  })
  .openapi('UploadedVersion')

const upload = createRoute({
  method: 'post',
  path: '/plugins/upload',
  tags: ['registry'],
  summary: 'Publish a version',
  ...secured('plugins:write'),
  request: {
    body: {
      required: true,
      content: {
        // Described by hand: a schema would have the whole form read into memory before the handler.
        'multipart/form-data': {
          schema: {
            type: 'object',
            required: ['file', 'checksum'],
            properties: {
              file: { type: 'string', format: 'binary', description: 'The package, a .tar.gz' },
              checksum: { type: 'string', description: 'SHA-256 of the file, hexadecimal' },
              signature: {
                type: 'string',
                description: 'Ed25519 signature of the file, base64 or hexadecimal',
              },
              changelog: { type: 'string', description: 'What is new' },
            },
          },
        },
      },
    },
  },
  responses: {
    200: json('This version was published with the same bytes before', uploadedVersion),
    201: json('The new version', uploadedVersion),
    ...problems(409, 413, 415, 422),
  },
})

/** `POST /plugins/upload`. */
export function uploadRoutes(options: RegistryOptions): AddRoutes {
  const {
    maxPackageBytes = DEFAULT_MAX_PACKAGE_BYTES,
    temporaryDirectory,
    signatures = NO_SIGNATURES,
  } = options
  return (router) => {
    router.openapi(upload, async (c) => {
      const { version, warnings, created } = await withUpload(
        c.req.raw,
        { maxPackageBytes, temporaryDirectory },
        (received) => answering(() => acceptUpload(options.database, received, c.var.principal, signatures)),
      )
      const id = version.plugin_id
      const body = {
        ...toVersionWithManifest(version),
        id,
        warnings: warnings.map(({ path, message, fix }) => ({ path, message, fix })),
      }
      if (!created) return c.json(body, 200)
      c.header(
        'location',
        `/api/v1/plugins/marketplace/${id}/versions/${encodeURIComponent(version.version)}`,
      )
      return c.json(body, 201)
    })
  }
}
