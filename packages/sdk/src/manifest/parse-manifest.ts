import { checkConfigSchema } from './check-config-schema.js'
import { checkNames } from './check-names.js'
import { checkRelations } from './check-relations.js'
import { describeIssue, describeValue } from './describe-issue.js'
import { ManifestError, type ManifestIssue } from './manifest-error.js'
import { type Manifest, manifestSchema } from './manifest-schema.js'
import { normalizeManifest } from './normalize-manifest.js'
import { isPlainObject } from './plain-object.js'
import { describeUnknownKey, withoutKeys } from './unknown-keys.js'

/** What a look at a manifest found; `manifest` is there only when `issues` is empty. */
export interface ManifestInspection {
  readonly manifest: Manifest | undefined
  readonly issues: readonly ManifestIssue[]
  /** Worth telling the author, no reason to refuse the manifest: unknown keys and names. */
  readonly warnings: readonly ManifestIssue[]
}

/**
 * Normalises and checks a manifest without throwing.
 *
 * @example inspectManifest({ id: 'a', vresion: '1.0.0' }).warnings // [{ path: 'vresion', fix: 'Did you mean "version"?' }]
 */
export function inspectManifest(value: unknown): ManifestInspection {
  const unusable = whyUnusable(value)
  if (unusable !== undefined) return { manifest: undefined, issues: [unusable], warnings: [] }
  const normalized = normalizeManifest(value)
  const first = manifestSchema.safeParse(normalized)
  const unknown = (first.error?.issues ?? []).flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ parent: issue.path, key })) : [],
  )
  const warnings = unknown.map(({ parent, key }) =>
    describeUnknownKey(
      parent.map((step) => (typeof step === 'symbol' ? String(step) : step)),
      key,
    ),
  )
  const known = withoutKeys(
    normalized,
    unknown.map(({ parent, key }) => [...parent, key]),
  )
  const parsed = unknown.length === 0 ? first : manifestSchema.safeParse(known)
  if (!parsed.success) {
    return {
      manifest: undefined,
      issues: parsed.error.issues.map((issue) => describeIssue(issue, known)),
      warnings,
    }
  }
  const manifest = withoutRepeats(parsed.data)
  const config = checkConfigSchema(manifest.config_schema)
  const issues = [...checkRelations(manifest), ...config.issues]
  return {
    manifest: issues.length === 0 ? manifest : undefined,
    issues,
    warnings: [...warnings, ...checkNames(manifest), ...config.warnings],
  }
}

/**
 * The normalised manifest, every default filled in.
 *
 * @throws ManifestError listing every problem with its path and fix.
 * @example parseManifest({ id: 'weather', name: 'Weather', version: '1.0.0', ... }).runtime.entrypoint // 'main.ts'
 */
export function parseManifest(value: unknown): Manifest {
  const { manifest, issues, warnings } = inspectManifest(value)
  if (manifest === undefined) throw new ManifestError(issues, { warnings })
  return manifest
}

/** Checks must be able to walk the value: a manifest is a mapping that JSON could carry. */
function whyUnusable(value: unknown): ManifestIssue | undefined {
  const fix = 'Begin with the required keys: id, name, version, description, author, type'
  if (!isPlainObject(value))
    return { path: '', message: `The manifest is ${describeValue(value)}: expected a mapping`, fix }
  try {
    JSON.stringify(value)
    return undefined
  } catch (error) {
    const message = 'The manifest refers to itself: expected plain data'
    return {
      path: '',
      message,
      fix: `Remove the anchor that contains its own alias (${String(error).split('\n')[0]})`,
    }
  }
}

function withoutRepeats(manifest: Manifest): Manifest {
  return {
    ...manifest,
    permissions: [...new Set(manifest.permissions)],
    routes: manifest.routes.map((route) => ({ ...route, methods: [...new Set(route.methods)] })),
  }
}
