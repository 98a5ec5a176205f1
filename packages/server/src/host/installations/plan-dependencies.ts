import { errorMessage } from '@ops-center/plugin-sdk'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import semver from 'semver'
import { HttpProblem } from '../../http/http-problem.js'
import type { Registry } from '../../registry/registry.js'
import type { Installation } from './installation.js'

/**
 * The plugins that are missing for `manifest` to run, in the order in which they have to be installed: each after
 * those that it needs itself.
 *
 * @throws HttpProblem 422 naming a cycle, a plugin that is not published, or a range that nothing satisfies.
 */
export async function planDependencies(
  manifest: Manifest,
  installed: readonly Installation[],
  registry: Pick<Registry, 'resolve'>,
): Promise<Manifest[]> {
  const versions = new Map(installed.map(({ plugin_id, version }) => [plugin_id, version]))
  const plan: Manifest[] = []

  async function visit(dependent: Manifest, path: readonly string[]): Promise<void> {
    for (const [id, range] of Object.entries(dependent.dependencies?.plugins ?? {})) {
      const refuse = (why: string) =>
        refusal(manifest, `"${dependent.id}" needs plugin "${id}" ${range}, ${why}`)
      if (path.includes(id)) throw refuse(`which needs it in turn: ${[...path, id].join(' -> ')}`)
      const version = versions.get(id)
      if (version !== undefined) {
        if (satisfies(version, range)) continue
        throw refuse(`version ${version} is in place`)
      }
      const found = await registry.resolve(id, range).catch((error: unknown) => {
        throw refuse(errorMessage(error))
      })
      await visit(found.manifest, [...path, id])
      versions.set(id, found.manifest.version)
      plan.push(found.manifest)
    }
  }
  await visit(manifest, [manifest.id])
  return plan
}

/**
 * Checks that a version of a plugin still suits those that need it.
 *
 * @throws HttpProblem 409 naming who does not get along with it.
 */
export async function checkDependents(
  { id, version }: Manifest,
  installed: readonly Installation[],
  registry: Pick<Registry, 'resolve'>,
): Promise<void> {
  const unsuited: string[] = []
  for (const other of installed) {
    const { manifest } = await registry.resolve(other.plugin_id, other.version, { yanked: true })
    const range = new Map(Object.entries(manifest.dependencies?.plugins ?? {})).get(id)
    if (range !== undefined && !satisfies(version, range))
      unsuited.push(`"${other.plugin_id}" needs ${range}`)
  }
  if (unsuited.length === 0) return
  throw new HttpProblem(
    409,
    `Version ${version} of plugin "${id}" would break others: ${unsuited.join(', ')}`,
  )
}

function satisfies(version: string, range: string): boolean {
  return semver.satisfies(version, range, { includePrerelease: true })
}

function refusal({ id, version }: Manifest, detail: string): HttpProblem {
  return new HttpProblem(422, `Plugin "${id}" ${version} cannot run here: ${detail}`, {
    errors: [{ pointer: '/dependencies/plugins', detail }],
  })
}
