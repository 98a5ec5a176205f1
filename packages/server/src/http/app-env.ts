import type { Logger } from 'pino'
import type { Principal } from '../auth/principal.js'
import type { CausedBy } from '../events/event-publisher.js'
import type { RepeatGuard } from './idempotency.js'
import type { UpgradeEnv } from './serve-upgrades.js'

/** What middleware leaves for route handlers in `c.var`. */
export interface AppEnv {
  /** What the server that listens passes along; nothing when the app is called as a function. */
  Bindings: Partial<UpgradeEnv>
  Variables: {
    requestId: string
    /** Writes the request id into every line. */
    logger: Logger
    principal: Principal
    causedBy: CausedBy | undefined
    repeatGuard: RepeatGuard
  }
}
