import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { z } from 'zod'
import { HttpProblem } from '../../http/http-problem.js'

/** Where a remote plugin is, and what its host proves itself with. Kept sealed, as configurations are. */
export const remoteAddressSchema = z.object({
  url: z.string(),
  /** The one the plugin has in `OPS_PLUGIN_SECRET`. */
  secret: z.string(),
  /** Whether the server's operator wrote the address: any other may lead to no private network. */
  is_confirmed: z.boolean(),
})
export type RemoteAddress = z.infer<typeof remoteAddressSchema>

/** What an operator says of a remote plugin when installing it. */
export interface RemoteRequest {
  /** Default: the address in the manifest, which must be a public one. */
  url?: string | undefined
  secret: string
}

/**
 * The address of a plugin to install; `null` for one that runs on the platform.
 *
 * @param isOperator Whether who installs it runs the server, and its network.
 * @throws HttpProblem 422 when the manifest and the request do not belong together.
 */
export function remoteAddressOf(
  { id, runtime }: Manifest,
  request: RemoteRequest | undefined,
  isOperator: boolean,
): RemoteAddress | null {
  if (runtime.type !== 'remote') {
    if (request === undefined) return null
    throw refused(`Plugin "${id}" runs on the platform: leave "remote" out`)
  }
  if (request === undefined) {
    throw refused(
      `Plugin "${id}" runs somewhere else: expected "remote" with the secret it has in OPS_PLUGIN_SECRET, and its url`,
    )
  }
  const url = request.url ?? runtime.url
  if (url === undefined) throw refused(`Plugin "${id}" names no address: expected "remote.url"`)
  return { url, secret: request.secret, is_confirmed: isOperator && request.url !== undefined }
}

function refused(detail: string): HttpProblem {
  return new HttpProblem(422, detail, { errors: [{ pointer: '/remote', detail }] })
}
