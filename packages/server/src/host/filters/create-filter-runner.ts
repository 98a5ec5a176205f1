import { errorMessage } from '@ops-center/plugin-sdk'
import { filterResponseSchema } from '@ops-center/plugin-sdk/protocol'
import { withSpan } from '../../tracing/with-span.js'
import { spanAttributes } from '../installations/installation.js'
import type { PluginLogs } from '../observation/plugin-logs.js'
import { PluginUnreachableError } from '../running/plugin-connection.js'
import type { PluginRunner } from '../running/plugin-runner.js'
import type { FilterSubscription, Subscriptions } from '../subscriptions.js'
import type { FilterRecords } from './filter-records.js'
import type { FilterRunner } from './filter-runner.js'

/** Milliseconds one filter may keep a request waiting. */
const FILTER_TIMEOUT_MS = 2_000
/** Milliseconds all filters of one request have together: ten slow plugins cost no more than two. */
const CHAIN_TIMEOUT_MS = 4_000

export interface FilterRunnerOptions {
  subscriptions: Subscriptions
  logs: PluginLogs
  records: FilterRecords
  runnerOf: (installationId: string) => PluginRunner | undefined
  onError: (error: unknown) => void
}

/** Asks filters one after the other, across plugins; one that fails is skipped with a line in its plugin's log. */
export function createFilterRunner({
  subscriptions,
  logs,
  records,
  runnerOf,
  onError,
}: FilterRunnerOptions): FilterRunner {
  /** In the background: the request that asked must not wait. */
  const suspect = (installationId: string) => {
    const runner = runnerOf(installationId)
    if (runner?.current) void runner.suspect(runner.current).catch(onError)
  }
  return {
    async apply({ organization_id, filter, value }) {
      let current = value
      const end = performance.now() + CHAIN_TIMEOUT_MS
      for (const subscription of subscriptions.filters(organization_id, filter)) {
        const { installation, handler } = subscription
        const skip = (reason: string) => {
          records.add(subscription, filter, reason)
          runnerOf(installation.id)?.metrics.filtered('skipped', performance.now() - started)
          logs.note(installation.id, 'error', `Filter "${handler}" of ${filter} was skipped: ${reason}`)
        }
        const started = performance.now()
        const left = end - started
        if (left <= 0) {
          skip(`those before it took the ${CHAIN_TIMEOUT_MS} ms that all filters of a request have together`)
          continue
        }
        try {
          const timeout = Math.min(FILTER_TIMEOUT_MS, Math.ceil(left))
          const answer = await withSpan(
            'plugin.filter',
            { attributes: { ...spanAttributes(installation), 'ops.filter': filter, 'ops.handler': handler } },
            () => ask(runnerOf(installation.id), subscription, filter, current, timeout),
          )
          const [failure] = answer.failures
          if (failure) skip(failure.error)
          else if (isObject(answer.value)) {
            current = answer.value
            records.add(subscription, filter)
            runnerOf(installation.id)?.metrics.filtered('applied', performance.now() - started)
          } else skip(`it returned ${JSON.stringify(answer.value)?.slice(0, 100)}, expected an object`)
        } catch (error) {
          skip(errorMessage(error))
          // One that got less than its time because others were slow is not stuck.
          if (error instanceof PluginUnreachableError && error.isLate && left >= FILTER_TIMEOUT_MS)
            suspect(installation.id)
        }
      }
      return current
    },
  }
}

async function ask(
  runner: PluginRunner | undefined,
  { handler }: FilterSubscription,
  filter: string,
  value: Record<string, unknown>,
  timeout: number,
) {
  const launched = runner?.current
  if (!launched) throw new Error('the plugin is not running')
  return launched.connection.call({
    path: `/_ops/filters/${encodeURIComponent(filter)}`,
    json: { value, handlers: [handler] },
    timeout,
    response: filterResponseSchema,
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
