import { ON_ERROR_POLICIES, PLUGIN_CATEGORIES, PLUGIN_PERMISSIONS, PLUGIN_TYPES } from '../vocabulary.js'
import { HTTP_METHODS } from './manifest-schema.js'

/** What a field of the manifest must be, in words, with something to copy and the values it may take. */
export interface FieldGuide {
  readonly expected: string
  readonly example: string
  readonly choices?: readonly string[]
}

const handler = { expected: 'the name of a function in the code', example: 'handler: onDeviceCreated' }
const priority = { expected: 'a whole number, lower runs first', example: 'priority: 10' }
const duration = { expected: 'a duration', example: 'timeout: 30s' }
const webAddress = 'an address that begins with http:// or https://'
const relativePath = 'a path inside the plugin folder, without ".." and with forward slashes'

/** Keyed by path, with `[]` for "any entry of the list". */
export const FIELD_GUIDE: Readonly<Record<string, FieldGuide>> = {
  '': { expected: 'a mapping of keys to values', example: 'id: my-plugin' },
  id: {
    expected: 'up to 100 lower-case letters, digits and hyphens, beginning with a letter or digit',
    example: 'id: weather-monitor',
  },
  name: { expected: 'text on one line, up to 200 characters', example: 'name: Weather Monitor' },
  version: { expected: 'a semantic version as text', example: 'version: "1.0.0"' },
  description: { expected: 'text, up to 2000 characters', example: 'description: Watches the weather' },
  author: { expected: 'text on one line, up to 200 characters', example: 'author: DevOps Team' },
  type: { expected: `one of ${PLUGIN_TYPES.join(', ')}`, example: 'type: backend', choices: PLUGIN_TYPES },
  category: {
    expected: `one of ${PLUGIN_CATEGORIES.join(', ')}`,
    example: 'category: monitoring',
    choices: PLUGIN_CATEGORIES,
  },
  homepage: { expected: webAddress, example: 'homepage: https://example.com' },
  repository: { expected: 'an address', example: 'repository: https://example.com/plugin.git' },
  documentation: { expected: webAddress, example: 'documentation: https://example.com/docs' },
  license: { expected: 'text on one line', example: 'license: Apache-2.0' },
  keywords: { expected: 'a list of at most 50 words', example: 'keywords: [weather, temperature]' },
  'keywords[]': { expected: 'text on one line', example: 'keywords: [weather, temperature]' },
  pricing: { expected: 'a mapping with model and price', example: 'pricing: { model: free }' },
  'pricing.model': {
    expected: 'one of free, one-time, subscription',
    example: 'model: free',
    choices: ['free', 'one-time', 'subscription'],
  },
  'pricing.price': { expected: 'a number that is not negative', example: 'price: 9.99' },
  permissions: { expected: 'a list', example: 'permissions: ["devices:read"]' },
  'permissions[]': {
    expected: `one of ${PLUGIN_PERMISSIONS.join(', ')}`,
    example: '- devices:read',
    choices: PLUGIN_PERMISSIONS,
  },
  hooks: { expected: 'a list', example: 'hooks: [{ event: device.created }]' },
  'hooks[]': { expected: 'a mapping with event', example: '- event: device.created' },
  'hooks[].event': {
    expected: 'an event name with a dot, a group such as device.*, or *',
    example: 'event: device.created',
  },
  'hooks[].handler': handler,
  'hooks[].priority': priority,
  'hooks[].retries': { expected: 'a whole number from 0 to 100', example: 'retries: 3' },
  'hooks[].timeout': duration,
  'hooks[].on_error': {
    expected: `one of ${ON_ERROR_POLICIES.join(', ')}`,
    example: 'on_error: ignore',
    choices: ON_ERROR_POLICIES,
  },
  filters: { expected: 'a list', example: 'filters: [{ filter: device.data.process }]' },
  'filters[]': { expected: 'a mapping with filter', example: '- filter: device.data.process' },
  'filters[].filter': { expected: 'a filter name with a dot', example: 'filter: device.data.process' },
  'filters[].handler': handler,
  'filters[].priority': priority,
  routes: { expected: 'a list', example: 'routes: [{ path: /stats, methods: [GET] }]' },
  'routes[]': { expected: 'a mapping with path', example: '- path: /stats' },
  'routes[].path': {
    expected: 'a path that begins with "/", without spaces, "?" and "#"',
    example: 'path: /stats',
  },
  'routes[].methods': { expected: 'a list of at least one method', example: 'methods: [GET]' },
  'routes[].methods[]': {
    expected: `one of ${HTTP_METHODS.join(', ')}`,
    example: 'methods: [GET]',
    choices: HTTP_METHODS,
  },
  'routes[].handler': handler,
  'routes[].auth': { expected: 'required or none', example: 'auth: required', choices: ['required', 'none'] },
  tasks: { expected: 'a list', example: 'tasks: [{ name: train_model, cron: "0 * * * *" }]' },
  'tasks[]': { expected: 'a mapping with name', example: '- name: train_model' },
  'tasks[].name': {
    expected: 'up to 128 letters, digits, dots, colons, underscores and hyphens',
    example: 'name: train_model',
  },
  'tasks[].cron': { expected: 'a cron expression of five or six fields', example: 'cron: "0 * * * *"' },
  'tasks[].handler': handler,
  slots: { expected: 'a list', example: 'slots: [{ slot: dashboard, component: ui/widget.ts }]' },
  'slots[]': { expected: 'a mapping with slot', example: '- slot: dashboard' },
  'slots[].slot': { expected: 'text on one line', example: 'slot: dashboard' },
  'slots[].component': { expected: relativePath, example: 'component: ui/widget.ts' },
  dependencies: {
    expected: 'a mapping with plugins',
    example: 'dependencies: { plugins: { other: ">=1" } }',
  },
  'dependencies.plugins': {
    expected: 'a mapping of plugin ids to ranges',
    example: 'plugins: { other: ">=1" }',
  },
  'dependencies.plugins[]': { expected: 'a plugin id with a range of versions', example: 'other: ">=1 <2"' },
  ops_center: { expected: 'a range of versions as text', example: 'ops_center: ">=0.1 <1"' },
  config_schema: {
    expected: 'a JSON Schema',
    example: 'config_schema: { type: object, properties: { limit: { type: number, default: 3 } } }',
  },
  runtime: {
    expected: 'a mapping',
    example: 'runtime: { type: node, version: ">=20", entrypoint: main.ts }',
  },
  'runtime.type': { expected: 'node or remote', example: 'type: node', choices: ['node', 'remote'] },
  'runtime.version': { expected: 'a range of Node.js versions as text', example: 'version: ">=20"' },
  'runtime.entrypoint': { expected: relativePath, example: 'entrypoint: main.ts' },
  'runtime.url': { expected: webAddress, example: 'url: http://localhost:9000' },
  resources: { expected: 'a mapping with memory and timeout', example: 'resources: { memory: 128MB }' },
  'resources.memory': { expected: 'a whole number with KB, MB or GB', example: 'memory: 128MB' },
  'resources.timeout': duration,
}
