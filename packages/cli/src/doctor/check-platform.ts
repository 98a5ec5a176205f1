import { CliError } from '../cli-error.js'
import { asFields, textOf } from '../platform/answer.js'
import { RefusalError } from '../platform/explain-refusal.js'
import { createPlatformClient } from '../platform/platform-client.js'
import { type ResolvedPlatform, requireKey } from '../platform/resolve-platform.js'
import type { Diagnosis } from './diagnosis.js'

/** Milliseconds an answer may take before somebody wonders. */
const TIMEOUT = 10_000
/** Milliseconds by which two clocks may differ; the header has whole seconds. */
const CLOCK_TOLERANCE = 5_000

/** Whether there is an Ops-Center, of which version, with which time, and whether it takes the key. */
export async function checkPlatform(platform: ResolvedPlatform): Promise<Diagnosis[]> {
  const begun = Date.now()
  const response = await fetch(`${platform.url}/health`, { signal: AbortSignal.timeout(TIMEOUT) }).catch(
    (error: unknown) => failure(platform.url, error),
  )
  if (!(response instanceof Response)) return [response, ...checkKeyPresence(platform)]
  const took = Date.now() - begun
  const health = asFields(await response.json().catch(() => undefined))
  const version = textOf(health, 'version')
  if (!response.ok || version === '') {
    return [
      {
        check: 'Ops-Center',
        status: 'error',
        message: `${platform.url} answers with status ${response.status}, but not as an Ops-Center does`,
        fix: 'Correct --api-url, OPS_CENTER_API_URL or log in again; look for a proxy in between',
      },
    ]
  }
  return [
    { check: 'network', status: 'ok', message: `${platform.url} answered in ${took} ms` },
    { check: 'Ops-Center', status: 'ok', message: version },
    ...checkClock(response.headers.get('date'), begun + took / 2),
    await checkKey(platform),
  ]
}

/** @example checkClock('Tue, 27 Jan 2024 10:00:00 GMT', Date.now()) */
export function checkClock(header: string | null, now: number): Diagnosis[] {
  const theirs = Date.parse(header ?? '')
  if (Number.isNaN(theirs)) return []
  const seconds = Math.round((now - theirs) / 1_000)
  if (Math.abs(now - theirs) <= CLOCK_TOLERANCE) return [{ check: 'clock', status: 'ok', message: 'agrees' }]
  return [
    {
      check: 'clock',
      status: 'warning',
      message: `This machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} Ops-Center`,
      fix: 'Switch on network time on both machines; signatures and schedules depend on it',
    },
  ]
}

async function checkKey(platform: ResolvedPlatform): Promise<Diagnosis> {
  const [missing] = checkKeyPresence(platform)
  if (missing !== undefined) return missing
  const check = 'key'
  const source = `from ${platform.keySource}`
  try {
    const client = createPlatformClient({ apiUrl: platform.url, apiKey: platform.key ?? '' })
    await client.request('GET', '/plugins/installed', { timeout: TIMEOUT })
    return { check, status: 'ok', message: `accepted, ${source}` }
  } catch (error) {
    if (error instanceof RefusalError && error.status === 403)
      return { check, status: 'warning', message: `accepted, but ${error.message}`, fix: error.fix ?? '' }
    if (!(error instanceof CliError)) throw error
    return { check, status: 'error', message: `${error.message} (${source})`, fix: error.fix ?? '' }
  }
}

function checkKeyPresence({ key }: ResolvedPlatform): Diagnosis[] {
  try {
    requireKey(key)
    return []
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return [{ check: 'key', status: 'error', message: error.message, fix: error.fix ?? '' }]
  }
}

function failure(url: string, error: unknown): Diagnosis {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const reason =
    cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause)
  return {
    check: 'network',
    status: 'error',
    message: `Nothing answers at ${url} (${reason})`,
    fix: 'Start Ops-Center with "ops-center start", or name its address with --api-url or OPS_CENTER_API_URL',
  }
}
