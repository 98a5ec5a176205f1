/*
 * What a manifest's words look like, without the schema: for those who must be quick, such as a command line that
 * only wants to know whether an id is one.
 */
export { PLUGIN_CATEGORIES, PLUGIN_TYPES, type PluginCategory, type PluginType } from '../vocabulary.js'
export { pluginIdPattern, versionPattern } from './manifest-patterns.js'
