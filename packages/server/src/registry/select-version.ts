import semver from 'semver'

/** What choosing among the versions of a plugin looks at. */
export interface VersionState {
  readonly version: string
  readonly yanked_at: Date | null
}

export interface LatestVersions {
  /** Highest that is neither yanked nor a pre-release. */
  readonly latest: string | null
  /** Highest pre-release above `latest` that is not yanked. */
  readonly prerelease: string | null
}

export function isPrerelease(version: string): boolean {
  return (semver.prerelease(version)?.length ?? 0) > 0
}

/** Highest first; build metadata only decides between versions that are otherwise equal. */
export function newestFirst<V extends { readonly version: string }>(versions: readonly V[]): V[] {
  return [...versions].sort((left, right) => semver.compareBuild(right.version, left.version))
}

/** The versions people are offered, by precedence and not by date. */
export function latestVersions(versions: readonly VersionState[]): LatestVersions {
  const offered = newestFirst(versions.filter(({ yanked_at }) => yanked_at === null)).map(
    ({ version }) => version,
  )
  const latest = offered.find((version) => !isPrerelease(version)) ?? null
  const [first = null] = offered
  return { latest, prerelease: first === latest ? null : first }
}

/**
 * The version that an exact version, a range or `latest` means; undefined when there is none. Pre-releases are only
 * found by a text that names one (`2.0.0-beta.1`, `>=2.0.0-0`), yanked versions only by their exact name.
 *
 * @example selectVersion([{ version: '1.2.0', yanked_at: null }], '^1.0.0')?.version // '1.2.0'
 */
export function selectVersion<V extends VersionState>(
  versions: readonly V[],
  wanted = 'latest',
): V | undefined {
  const exact = versions.find(({ version }) => version === wanted)
  if (exact) return exact
  const offered = newestFirst(versions.filter(({ yanked_at }) => yanked_at === null))
  if (wanted === 'latest') return offered.find(({ version }) => !isPrerelease(version))
  if (semver.valid(wanted) !== null) return undefined
  const range = semver.validRange(wanted)
  return range === null ? undefined : offered.find(({ version }) => semver.satisfies(version, range))
}
