import type { ApiCallOptions, ApiMethod, ApiRequestOptions } from './call-options.js'

/** How the resources reach the API: `ApiClient.request`. */
export type ResourceRequest = <T = unknown>(
  method: ApiMethod,
  path: string,
  options?: ApiRequestOptions,
) => Promise<T>

/** Answer to a delete. */
export interface Deleted {
  status: 'deleted'
  id: string
}

/** Deletes one resource; a server that answers with an empty body means the same. */
export async function deleteResource(
  request: ResourceRequest,
  path: string,
  id: string,
  options: ApiCallOptions = {},
): Promise<Deleted> {
  const answer = await request<Deleted | undefined>('DELETE', path, options)
  return answer ?? { status: 'deleted', id }
}

/** Options of a create: one key for all its attempts, so that a repetition never creates a second one. */
export function createOptions(json: unknown, options: ApiCallOptions = {}): ApiRequestOptions {
  return { ...options, json, idempotencyKey: options.idempotencyKey ?? crypto.randomUUID() }
}
