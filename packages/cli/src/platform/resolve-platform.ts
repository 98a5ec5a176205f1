import { CliError } from '../cli-error.js'
import { readCredentials } from './credentials.js'
import type { PlatformOptions } from './platform-options.js'

/** Where to go, and what to show there. */
export interface ResolvedPlatform {
  /** Without `/api/v1` and without a slash at the end. */
  readonly url: string
  readonly key: string | undefined
  /** Where the key comes from, in words. */
  readonly keySource: 'option or environment' | 'login' | 'none'
}

const DEFAULT_URL = 'http://localhost:8000'

/**
 * Options and environment first, then what `login` kept. A kept key goes nowhere but to the address it was kept for.
 *
 * @throws CliError for an address that is none.
 */
export function resolvePlatform({ apiUrl, apiKey }: PlatformOptions): ResolvedPlatform {
  const given = apiUrl === undefined ? undefined : parsePlatformUrl(apiUrl)
  if (given !== undefined && apiKey !== undefined)
    return { url: given, key: apiKey, keySource: 'option or environment' }
  const kept = readCredentials()
  const url = given ?? kept?.url ?? DEFAULT_URL
  if (apiKey !== undefined) return { url, key: apiKey, keySource: 'option or environment' }
  return kept?.url === url
    ? { url, key: kept.key, keySource: 'login' }
    : { url, key: undefined, keySource: 'none' }
}

/**
 * The address of an Ops-Center as people write it.
 *
 * @throws CliError for anything that is not `http` or `https`.
 * @example parsePlatformUrl('http://localhost:8000/api/v1/') // 'http://localhost:8000'
 */
export function parsePlatformUrl(text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new CliError('url_invalid', `${JSON.stringify(text)} is not the address of an Ops-Center`, {
      fix: 'Write it as http://localhost:8000, in --api-url or OPS_CENTER_API_URL',
    })
  }
  return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '').replace(/\/api\/v1$/, '')
}

/** @throws CliError when there is no key, or one that no header can carry. */
export function requireKey(key: string | undefined): string {
  const trimmed = key?.trim() ?? ''
  if (trimmed === '') {
    throw new CliError('key_missing', 'There is no key to talk to Ops-Center with', {
      fix: 'Run ops-center-plugin login, or set OPS_CENTER_API_KEY or --api-key; a new Ops-Center prints its admin key and keeps it in its data folder as admin-key',
    })
  }
  if (/[^\x21-\x7e]/.test(trimmed)) {
    throw new CliError('key_invalid', 'The key contains characters that no key has', { fix: 'Copy it again' })
  }
  return trimmed
}
