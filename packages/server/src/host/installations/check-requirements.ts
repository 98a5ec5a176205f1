import { checkPlatformRange, type Manifest } from '@ops-center/plugin-sdk/manifest'
import semver from 'semver'
import { HttpProblem, type ProblemDetail } from '../../http/http-problem.js'
import type { Registry } from '../../registry/registry.js'
import { SERVER_VERSION } from '../../server-version.js'
import type { Installation } from './installation.js'

/**
 * Checks what a version needs around it: this platform's version, Node's, and other plugins of the organization.
 *
 * @throws HttpProblem 422 naming every requirement that is not met.
 */
export function checkRequirements(manifest: Manifest, installed: readonly Installation[]): void {
  const errors: ProblemDetail[] = []
  const platform = checkPlatformRange(manifest.ops_center, SERVER_VERSION)
  if (platform) errors.push({ pointer: '/ops_center', detail: platform })
  if (manifest.runtime.type === 'node' && !semver.satisfies(process.version, manifest.runtime.version)) {
    errors.push({
      pointer: '/runtime/version',
      detail: `needs Node.js ${manifest.runtime.version}, this platform runs ${process.version}`,
    })
  }
  for (const [id, range] of Object.entries(manifest.dependencies?.plugins ?? {})) {
    const other = installed.find(({ plugin_id }) => plugin_id === id)
    if (other && semver.satisfies(other.version, range, { includePrerelease: true })) continue
    const found = other ? `version ${other.version} is installed` : 'it is not installed'
    errors.push({ pointer: `/dependencies/plugins/${id}`, detail: `needs plugin "${id}" ${range}, ${found}` })
  }
  if (errors.length === 0) return
  const details = errors.map(({ detail }) => detail).join('; ')
  throw new HttpProblem(422, `Plugin "${manifest.id}" ${manifest.version} cannot run here: ${details}`, {
    errors,
  })
}

/**
 * Checks that no other installation needs a plugin that is about to leave.
 *
 * @throws HttpProblem 409 naming who does.
 */
export async function checkNotNeeded(
  registry: Registry,
  pluginId: string,
  installed: readonly Installation[],
): Promise<void> {
  const dependents: string[] = []
  for (const { plugin_id, version } of installed) {
    const { manifest } = await registry.resolve(plugin_id, version, { yanked: true })
    if (Object.hasOwn(manifest.dependencies?.plugins ?? {}, pluginId)) dependents.push(`"${plugin_id}"`)
  }
  if (dependents.length === 0) return
  throw new HttpProblem(
    409,
    `Plugin "${pluginId}" is needed by ${dependents.join(', ')}: uninstall that first`,
  )
}
