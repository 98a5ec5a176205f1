import { Cron } from 'croner'
import semver from 'semver'
import * as z from 'zod'
import { parseDuration } from '../duration.js'
import {
  isEventName,
  isEventPattern,
  ON_ERROR_POLICIES,
  PLUGIN_CATEGORIES,
  PLUGIN_PERMISSIONS,
  PLUGIN_TYPES,
} from '../vocabulary.js'
import { pluginIdPattern, versionPattern } from './manifest-patterns.js'
import { memorySizePattern } from './memory-size.js'

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const

const succeeds = (attempt: () => unknown): boolean => {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

const isRange = (text: string): boolean => semver.validRange(text) !== null
const isCron = (text: string): boolean => succeeds(() => new Cron(text, { paused: true }).stop())
const isRelativePath = (path: string): boolean =>
  /^[^/\\:]/.test(path) && !path.includes('\\') && !path.includes('\0') && !path.split('/').includes('..')

const line = (limit: number) =>
  z
    .string()
    .min(1)
    .max(limit)
    .regex(/^(?=.*\S)[^\p{Cc}]+$/u)
const range = z.string().refine(isRange)
const relativePath = z.string().min(1).max(500).refine(isRelativePath)
const duration = z.union([z.int().min(0), z.string()]).refine((value) => succeeds(() => parseDuration(value)))
const handler = z.string().min(1).max(200).describe('Name of the function in the code; it must exist there')
const priority = z.int().default(10).describe('Lower runs first')
const webAddress = z.url({ protocol: /^https?$/ })

const hookSchema = z.strictObject({
  event: z.string().refine(isEventPattern).describe('An event (device.created), a group (device.*) or *'),
  handler: handler.optional(),
  priority,
  retries: z.int().min(0).max(100).optional().describe('How often a failed delivery is tried again'),
  timeout: duration.optional().describe('Time limit, such as 30s'),
  on_error: z
    .enum(ON_ERROR_POLICIES)
    .optional()
    .describe(
      'After the last retry: retry (keep a dead letter), ignore (forget it) or stop (stop the plugin)',
    ),
})

const filterSchema = z.strictObject({
  filter: z.string().refine(isEventName).describe('A filter, such as device.data.process'),
  handler: handler.optional(),
  priority,
})

const routeSchema = z.strictObject({
  path: z
    .string()
    .regex(/^\/[^\s?#\\]*$/)
    .describe('Path under /plugins/{id}, such as /predict or /stats/:device_id'),
  methods: z.array(z.enum(HTTP_METHODS)).min(1).default(['GET']),
  handler: handler.optional(),
  auth: z.enum(['required', 'none']).default('required').describe('none: reachable without a key'),
})

const taskSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/),
  cron: z.string().refine(isCron).optional().describe('Five fields, or six with seconds first: 0 * * * *'),
  handler: handler.optional(),
})

const slotSchema = z.looseObject({
  slot: line(200).describe('Where in the console the component appears'),
  component: relativePath.optional().describe('File with the component'),
})

/** Schema of a normalised `plugin.yaml`; strict, so that unknown keys are seen. */
export const manifestSchema = z.strictObject({
  id: z.string().regex(pluginIdPattern).describe('Unique on the marketplace: a-z, 0-9 and hyphens'),
  name: line(200).describe('Shown to people'),
  version: z.string().max(128).regex(versionPattern).describe('Semantic version, such as 1.0.0'),
  description: z.string().min(1).max(2_000).describe('What the plugin does'),
  author: line(200),
  type: z.enum(PLUGIN_TYPES),
  category: z.enum(PLUGIN_CATEGORIES).default('other'),
  homepage: webAddress.optional(),
  repository: z.url().optional(),
  documentation: webAddress.optional(),
  license: line(200).optional().describe('SPDX identifier, such as Apache-2.0'),
  keywords: z.array(line(100)).max(50).default([]),
  pricing: z
    .strictObject({
      model: z.enum(['free', 'one-time', 'subscription']),
      price: z.number().min(0).optional(),
    })
    .optional(),
  permissions: z.array(z.enum(PLUGIN_PERMISSIONS)).default([]).describe('What the plugin may use'),
  hooks: z.array(hookSchema).default([]).describe('Events the plugin reacts to'),
  filters: z.array(filterSchema).default([]).describe('Values the plugin may change'),
  routes: z.array(routeSchema).default([]).describe('HTTP endpoints under /plugins/{id}'),
  tasks: z.array(taskSchema).default([]).describe('Named background work'),
  slots: z.array(slotSchema).default([]).describe('Components the console shows'),
  dependencies: z
    .strictObject({ plugins: z.record(z.string().regex(pluginIdPattern), range).default({}) })
    .optional(),
  ops_center: range.optional().describe('Platform versions the plugin works with, such as ">=0.1 <1"'),
  config_schema: z.looseObject({}).optional().describe('JSON Schema; sensitive: true marks secrets'),
  runtime: z
    .strictObject({
      type: z.enum(['node', 'remote']).default('node'),
      version: range.default('>=20').describe('Node.js versions'),
      entrypoint: relativePath.default('main.ts'),
      url: webAddress.optional().describe('Where a remote plugin answers'),
    })
    .prefault({}),
  resources: z
    .strictObject({
      memory: z
        .string()
        .regex(memorySizePattern)
        .default('128MB')
        .describe('Size of the heap; with Node and its buffers the process may take 192 MB more'),
      timeout: duration.default('30s'),
    })
    .prefault({}),
})

/** What an author may write: defaults left out. */
export type ManifestInput = z.input<typeof manifestSchema>

/** A checked manifest with every default filled in. */
export type Manifest = z.output<typeof manifestSchema>

export type ManifestHook = Manifest['hooks'][number]
export type ManifestFilter = Manifest['filters'][number]
export type ManifestRoute = Manifest['routes'][number]
export type ManifestTask = Manifest['tasks'][number]
