import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { HttpProblem } from '../http/http-problem.js'
import type { Registry } from '../registry/registry.js'
import { answering } from '../registry/registry-problem.js'
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
  const done: string[] = []
  try {
    for (const { id, version } of missing) {
      await installations.install(organizationId, { plugin_id: id, version, enable: request.enable })
      done.unshift(id)
    }
    return await installations.install(organizationId, request)
  } catch (error) {
    for (const id of done) await installations.uninstall(organizationId, id)
    throw error
  }
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
