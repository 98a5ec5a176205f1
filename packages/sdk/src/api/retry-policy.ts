import {
  ApiConnectionError,
  ApiError,
  ApiRateLimitError,
  ApiTimeoutError,
  ApiUnavailableError,
} from './errors.js'

const BASE_DELAY = 250
const MAX_DELAY = 5_000
/** A server that asks for more patience than this gets the error reported instead of a stalled handler. */
const MAX_RETRY_AFTER = 30_000
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504])
const NEVER_ARRIVED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** The system's code of why a fetch failed (`ECONNREFUSED`), looked for in the error and its causes. */
export function failureCode(error: unknown): string | undefined {
  let current = error
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if (!(current instanceof ApiError) && 'code' in current && typeof current.code === 'string')
      return current.code
    current = current.cause
  }
  return undefined
}

/** Whether it is certain that the server did not act on the request, so that even a POST may be sent again. */
function refusedUntouched(error: unknown): boolean {
  if (error instanceof ApiRateLimitError) return true
  if (error instanceof ApiUnavailableError) return error.status === 503 && error.retryAfter !== undefined
  return error instanceof ApiConnectionError && NEVER_ARRIVED.has(failureCode(error) ?? '')
}

/** Whether the server may have done the work although the call failed. */
export function mayHaveArrived(error: unknown): boolean {
  return !refusedUntouched(error)
}

function isTransient(error: unknown): boolean {
  if (error instanceof ApiConnectionError || error instanceof ApiTimeoutError) return true
  return error instanceof ApiError && error.status !== undefined && TRANSIENT.has(error.status)
}

/**
 * Milliseconds to wait before the next attempt, `undefined` when there should be none.
 * Backoff doubles from 250 ms to 5 s and is spread at random, so that many plugins do not return in step.
 */
export function retryDelay(
  error: unknown,
  attempt: number,
  repeatable: boolean,
  random: () => number = Math.random,
): number | undefined {
  if (!isTransient(error) || !(repeatable || refusedUntouched(error))) return undefined
  const asked = error instanceof ApiError ? error.retryAfter : undefined
  if (asked !== undefined) return asked <= MAX_RETRY_AFTER ? asked : undefined
  const backoff = Math.min(MAX_DELAY, BASE_DELAY * 2 ** (attempt - 1))
  return backoff / 2 + random() * (backoff / 2)
}

/** Milliseconds of a `Retry-After` header, seconds or a date; `undefined` when absent or not understood. */
export function parseRetryAfter(header: string | null, now: number = Date.now()): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000
  const date = text === '' ? Number.NaN : Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
