import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { HttpProblem } from '../../http/http-problem.js'
import type { Registry } from '../../registry/registry.js'
import { answering } from '../../registry/registry-problem.js'
import type { Installation } from './installation.js'
import type { Installations, InstallRequest } from './installations.js'
import { planDependencies } from './plan-dependencies.js'

export interface InstallWithDependenciesRequest extends InstallRequest {
  /** Whether plugins that it needs are installed before it, with all the permissions they ask for. */
  with_dependencies?: boolean | undefined
}

export interface InstallServices {
  installations: Installations
  registry: Registry
}

/**
 * Installs a plugin after those that it needs; when one of them fails, none of them stays.
 *
 * @throws HttpProblem 422 listing what is missing, unless the request asks for that too; and what installing throws.
 */
export async function installWithDependencies(
  { installations, registry }: InstallServices,
  organizationId: string,
  { with_dependencies, ...request }: InstallWithDependenciesRequest,
): Promise<Installation> {
  const { manifest } = await answering(() => registry.resolve(request.plugin_id, request.version))
  const missing = await planDependencies(manifest, await installations.list(organizationId), registry)
  if (missing.length > 0 && !with_dependencies) throw missingProblem(manifest, missing)
  if (missing.length === 0) return installations.install(organizationId, request)
  const done: string[] = []
  const install = async (one: InstallRequest): Promise<Installation> => {
    const { enable, ...wanted } = one
    const installed = await installations.install(organizationId, wanted)
    // Noted before it is enabled: one that fails then is installed, too.
    done.unshift(one.plugin_id)
    return enable ? installations.enable(organizationId, one.plugin_id) : installed
  }
  try {
    for (const { id, version } of missing) {
      await install({ plugin_id: id, version, enable: request.enable })
    }
    return await install(request)
  } catch (error) {
    await undo(installations, organizationId, done)
    throw error
  }
}

/** What cannot be taken back, for somebody needs it by now, stays: why all this failed is what the caller has to know. */
async function undo(installations: Installations, organizationId: string, done: string[]): Promise<void> {
  for (const id of done) await installations.uninstall(organizationId, id).catch(() => undefined)
}

function missingProblem({ id }: Manifest, missing: readonly Manifest[]): HttpProblem {
  const names = missing.map((manifest) => `${manifest.id} ${manifest.version}`).join(', then ')
  return new HttpProblem(
    422,
    `Plugin "${id}" needs others: install ${names} first, or repeat this with "with_dependencies": true`,
    {
      errors: missing.map(({ id: needed, version, permissions }) => ({
        pointer: `/dependencies/plugins/${needed}`,
        detail: `${version}, which asks for ${permissions.join(', ') || 'no permission'}`,
      })),
    },
  )
}
