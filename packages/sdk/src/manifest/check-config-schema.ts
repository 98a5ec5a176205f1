import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { errorMessage } from '../errors.js'
import type { ManifestIssue } from './manifest-error.js'
import { formatManifestPath, type ManifestPath } from './manifest-path.js'
import { nearestName } from './nearest-name.js'
import { isPlainObject } from './plain-object.js'

const ROOT = 'config_schema'
const EXAMPLE =
  'For example config_schema: { type: object, properties: { limit: { type: number, default: 3 } } }'

interface ConfigSchemaCheck {
  readonly issues: readonly ManifestIssue[]
  readonly warnings: readonly ManifestIssue[]
}

/** Whether `config_schema` is a JSON Schema of an object whose defaults satisfy it. */
export function checkConfigSchema(schema: Record<string, unknown> | undefined): ConfigSchemaCheck {
  if (schema === undefined) return { issues: [], warnings: [] }
  const shape = checkShape(schema)
  if (shape !== undefined) return { issues: [shape], warnings: [] }
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false })
  formats.default(ajv)
  ajv.addKeyword('sensitive')
  const invalid = describeSchemaErrors(ajv, schema)
  if (invalid.length > 0) return { issues: invalid, warnings: [] }
  const found = inspectSchema(ajv, schema, [ROOT])
  return { issues: found.issues, warnings: found.warnings }
}

function checkShape(schema: Record<string, unknown>): ManifestIssue | undefined {
  if (schema.type !== undefined && schema.type !== 'object') {
    const found = JSON.stringify(schema.type)
    return {
      path: `${ROOT}.type`,
      message: `${ROOT}.type is ${found}: a configuration is an object`,
      fix: 'Write type: object and the settings under properties',
    }
  }
  const keys = Object.keys(schema)
  const isMapOfSettings =
    keys.length > 0 &&
    keys.every((key) => isPlainObject(schema[key]) && !['properties', '$defs'].includes(key))
  if (!isMapOfSettings) return undefined
  return {
    path: ROOT,
    message: `${ROOT} lists settings (${keys.slice(0, 3).join(', ')}) where JSON Schema has keywords`,
    fix: 'Write type: object and move the settings under properties',
  }
}

function describeSchemaErrors(ajv: Ajv, schema: Record<string, unknown>): ManifestIssue[] {
  try {
    if (ajv.validateSchema(schema) !== true) {
      const seen = new Map<string, ManifestIssue>()
      for (const { instancePath, message } of ajv.errors ?? []) {
        const steps = instancePath
          .split('/')
          .slice(1)
          .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
        const path = formatManifestPath([ROOT, ...steps])
        if (!seen.has(path))
          seen.set(path, { path, message: `${path} ${message ?? 'is not valid'}`, fix: EXAMPLE })
      }
      return [...seen.values()]
    }
    ajv.compile(schema)
    return []
  } catch (error) {
    return [
      { path: ROOT, message: `${ROOT} is not a usable JSON Schema: ${errorMessage(error)}`, fix: EXAMPLE },
    ]
  }
}

/** Unknown keywords are only warnings: forms may read hints of their own. */
function inspectSchema(ajv: Ajv, schema: Record<string, unknown>, path: ManifestPath): ConfigSchemaCheck {
  const issues: ManifestIssue[] = []
  const warnings: ManifestIssue[] = []
  for (const key of Object.keys(schema)) {
    if (ajv.getKeyword(key) !== false || ANNOTATIONS.has(key) || key.startsWith('x-')) continue
    const where = formatManifestPath([...path, key])
    const nearest = nearestName(key, [...CHECKING_KEYWORDS, ...ANNOTATIONS])
    const fix = nearest === undefined ? 'Remove it, or begin it with "x-"' : `Did you mean "${nearest}"?`
    warnings.push({ path: where, message: `${where} is not a JSON Schema keyword and checks nothing`, fix })
  }
  if (schema.default !== undefined) issues.push(...checkDefault(ajv, schema, [...path, 'default']))
  for (const [name, property] of Object.entries(isPlainObject(schema.properties) ? schema.properties : {})) {
    if (!isPlainObject(property)) continue
    const inside = inspectSchema(ajv, property, [...path, 'properties', name])
    issues.push(...inside.issues)
    warnings.push(...inside.warnings)
  }
  return { issues, warnings }
}

function checkDefault(ajv: Ajv, schema: Record<string, unknown>, path: ManifestPath): ManifestIssue[] {
  try {
    if (ajv.validate(schema, schema.default)) return []
  } catch {
    // A part that refers to definitions elsewhere cannot be judged on its own.
    return []
  }
  const where = formatManifestPath(path)
  const why = ajv.errors?.[0]?.message ?? 'does not satisfy its own schema'
  const fix = 'Change the default or what is allowed'
  return [{ path: where, message: `${where} is ${JSON.stringify(schema.default)}: ${why}`, fix }]
}

const ANNOTATIONS = new Set([
  '$schema',
  '$id',
  '$ref',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'sensitive',
  'then',
  'else',
  'format',
  'contentMediaType',
  'contentEncoding',
])
const CHECKING_KEYWORDS = [
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'const',
  'minimum',
  'maximum',
  'pattern',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
]
