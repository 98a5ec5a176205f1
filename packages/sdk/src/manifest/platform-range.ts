import semver from 'semver'

/**
 * Why a platform version does not satisfy a plugin's `ops_center` range, in words; `undefined` when it does.
 *
 * @example checkPlatformRange('>=0.1 <1', '1.2.0') // 'needs Ops-Center >=0.1 <1, this one is 1.2.0'
 */
export function checkPlatformRange(range: string | undefined, platformVersion: string): string | undefined {
  if (range === undefined) return undefined
  if (semver.satisfies(platformVersion, range, { includePrerelease: true })) return undefined
  return `needs Ops-Center ${range}, this one is ${platformVersion}`
}
