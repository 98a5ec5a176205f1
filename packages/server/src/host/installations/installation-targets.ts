import { HttpProblem } from '../../http/http-problem.js'
import type { PublishedVersion } from '../../registry/published-version.js'
import type { Registry } from '../../registry/registry.js'
import { answering } from '../../registry/registry-problem.js'
import { checkPluginConfig } from './check-plugin-config.js'
import { checkRequirements } from './check-requirements.js'
import { grantedPermissions, updatedPermissions } from './granted-permissions.js'
import type { Installation } from './installation.js'
import { checkDependents } from './plan-dependencies.js'
import type { UpdateTarget } from './update-installation.js'

export interface UpdateRequest {
  /** A version or a range; default: the latest. */
  version?: string | undefined
  /** All permissions the new version shall have, when it asks for more than the former did. */
  permissions?: string[] | undefined
}

/** What the version that an installation gets has to fit. */
export interface Surroundings {
  registry: Registry
  /** The installations of the organization. */
  installed: readonly Installation[]
}

/**
 * What an update makes of an installation; undefined when it is that already.
 *
 * @throws HttpProblem 404 unknown version; 409 it asks for permissions nobody granted yet, or another plugin needs the
 * former; 422 it does not fit, or no key that is trusted signed it.
 */
export async function targetOfUpdate(
  { registry, installed }: Surroundings,
  before: Installation,
  { version, permissions }: UpdateRequest,
): Promise<UpdateTarget | undefined> {
  const found = await answering(() => registry.resolve(before.plugin_id, version))
  const { manifest } = found
  if (manifest.version === before.version) return undefined
  const former = await registry.resolve(before.plugin_id, before.version, { yanked: true })
  await checkTarget({ registry, installed }, before, found)
  return {
    version: manifest.version,
    permissions: updatedPermissions(manifest, former.manifest, before.permissions, permissions),
  }
}

/**
 * What a rollback makes of an installation: the version before the last update, with the permissions that it had. One
 * that nobody is known to have granted waits for consent, as in an update.
 *
 * @throws HttpProblem 409 when there is no version to go back to, it asks for permissions nobody granted, or another
 * plugin needs the present one; 422 when it does not fit any more.
 */
export async function targetOfRollback(
  { registry, installed }: Surroundings,
  before: Installation,
  permissions: string[] | undefined,
): Promise<UpdateTarget> {
  const { plugin_id, previous_version, previous_permissions } = before
  if (previous_version === null) {
    const why = `Plugin "${plugin_id}" was never updated: there is no version to go back to`
    throw new HttpProblem(409, why)
  }
  const found = await registry.resolve(plugin_id, previous_version, { yanked: true })
  const { manifest } = found
  const former = await registry.resolve(plugin_id, before.version, { yanked: true })
  await checkTarget({ registry, installed }, before, found)
  const granted = permissions ?? previous_permissions
  return {
    version: manifest.version,
    permissions: granted
      ? grantedPermissions(manifest, granted)
      : updatedPermissions(manifest, former.manifest, before.permissions, undefined),
  }
}

/** What every version must pass before an installation becomes it, an earlier one too. */
async function checkTarget(
  { registry, installed }: Surroundings,
  { config }: Installation,
  target: PublishedVersion,
): Promise<void> {
  await answering(() => registry.checkSignature(target))
  checkRequirements(target.manifest, installed)
  await checkDependents(target.manifest, installed, registry)
  checkPluginConfig(target.manifest, config)
}
