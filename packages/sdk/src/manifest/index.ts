export { type ConfigSchema, type SchemaPlace, schemaRoot } from '../config/config-schema.js'
export {
  IMPLICIT_PERMISSIONS,
  PLATFORM_FILTERS,
  PLUGIN_CATEGORIES,
  PLUGIN_PERMISSIONS,
  PLUGIN_TYPES,
  type PluginCategory,
  type PluginPermission,
  type PluginType,
  permissionToHear,
} from '../vocabulary.js'
export { compareManifests } from './compare-manifests.js'
export {
  type LoadedManifest,
  loadManifest,
  type ManifestLocation,
  parseManifestText,
} from './load-manifest.js'
export type { ManifestDifference } from './manifest-difference.js'
export { ManifestError, type ManifestIssue } from './manifest-error.js'
export { pluginIdPattern, versionPattern } from './manifest-patterns.js'
export {
  HTTP_METHODS,
  type Manifest,
  type ManifestFilter,
  type ManifestHook,
  type ManifestInput,
  type ManifestRoute,
  type ManifestTask,
  manifestSchema,
} from './manifest-schema.js'
export { parseMemorySize } from './memory-size.js'
export { nearestName } from './nearest-name.js'
export { normalizeManifest } from './normalize-manifest.js'
export { inspectManifest, type ManifestInspection, parseManifest } from './parse-manifest.js'
export { checkPlatformRange } from './platform-range.js'
