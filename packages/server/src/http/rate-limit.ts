import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Authenticate } from './authenticate.js'
import { HttpProblem } from './http-problem.js'

const WINDOW_SECONDS = 60

/**
 * Lets each key, and each plugin, make so many requests a minute on this node; 0 sets no limit.
 *
 * @throws HttpProblem 429 with `Retry-After`.
 */
export function limitRate(authenticate: Authenticate, requestsPerMinute: number): Authenticate {
  if (requestsPerMinute === 0) return authenticate
  const limiter = new RateLimiterMemory({ points: requestsPerMinute, duration: WINDOW_SECONDS })
  return async (authorization) => {
    const principal = await authenticate(authorization)
    try {
      await limiter.consume(`${principal.organization_id}/${principal.kind}/${principal.id}`)
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000))
      throw new HttpProblem(
        429,
        `More than ${requestsPerMinute} requests a minute with this key: try again in ${seconds} s`,
        { headers: { 'retry-after': String(seconds) } },
      )
    }
    return principal
  }
}
