import { errorMessage } from './errors.js'
import { LazyAbort, withTimeout } from './hooks/run-handler.js'

/** Throws, rejects or returns `false` when something is wrong. */
export type HealthCheck = () => unknown

export interface HealthReport {
  status: 'healthy' | 'unhealthy'
  checks: Record<string, { status: 'healthy' | 'unhealthy'; detail?: string }>
}

/** A check that hangs is a check that fails: whoever asks must get an answer. */
const CHECK_TIMEOUT = '5s'

/** The health checks of one plugin. */
export class HealthChecks {
  readonly #checks = new Map<string, HealthCheck>()

  register(name: string, check: HealthCheck): () => void {
    this.#checks.set(name, check)
    return () => {
      if (this.#checks.get(name) === check) this.#checks.delete(name)
    }
  }

  async run(): Promise<HealthReport> {
    const checks: HealthReport['checks'] = {}
    await Promise.all(
      [...this.#checks].map(async ([name, check]) => {
        try {
          const healthy = (await withTimeout(name, CHECK_TIMEOUT, new LazyAbort(), check)) !== false
          checks[name] = healthy
            ? { status: 'healthy' }
            : { status: 'unhealthy', detail: 'the check returned false' }
        } catch (error) {
          checks[name] = { status: 'unhealthy', detail: errorMessage(error) }
        }
      }),
    )
    const healthy = Object.values(checks).every((check) => check.status === 'healthy')
    return { status: healthy ? 'healthy' : 'unhealthy', checks }
  }
}
