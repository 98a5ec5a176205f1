import type { Logger } from 'pino'
import type { Principal } from '../auth/principal.js'
import type { CausedBy } from '../events/event-publisher.js'
import type { RepeatGuard } from './idempotency.js'

/** What middleware leaves for route handlers in `c.var`. */
export interface AppEnv {
  Variables: {
    requestId: string
    /** Writes the request id into every line. */
    logger: Logger
    principal: Principal
    causedBy: CausedBy | undefined
    repeatGuard: RepeatGuard
  }
}
