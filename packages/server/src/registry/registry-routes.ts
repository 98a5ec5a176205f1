import type { AddRoutes } from '../http/create-http-app.js'
import { marketplaceRoutes } from './marketplace/marketplace-routes.js'
import { pluginRoutes } from './marketplace/plugin-routes.js'
import { reviewRoutes } from './marketplace/review-routes.js'
import type { RegistryOptions } from './registry-options.js'
import { uploadRoutes } from './upload/upload-routes.js'
import { versionRoutes } from './versions/version-routes.js'

/** Paths below `/api/v1` whose bodies are streamed and limited by the registry itself. */
export const REGISTRY_UNLIMITED_PATHS: readonly string[] = ['/api/v1/plugins/upload']

/**
 * Routes of the registry and the marketplace. They come before routes of installed plugins (`/plugins/{id}/...`),
 * which would take `marketplace` for an id.
 *
 * @example createHttpApp({ ..., api: [registryRoutes({ database })], unlimitedPaths: REGISTRY_UNLIMITED_PATHS })
 */
export function registryRoutes(options: RegistryOptions): AddRoutes {
  // The order matters: fixed names before `{id}`.
  const groups = [
    uploadRoutes(options),
    marketplaceRoutes(options),
    reviewRoutes(options),
    pluginRoutes(options),
    versionRoutes(options),
  ]
  return (router) => {
    for (const add of groups) add(router)
  }
}
