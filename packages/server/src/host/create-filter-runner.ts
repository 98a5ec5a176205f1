import { errorMessage } from '@ops-center/plugin-sdk'
import { filterResponseSchema } from '@ops-center/plugin-sdk/protocol'
import type { FilterRunner } from './filter-runner.js'
import { PluginUnreachableError } from './plugin-connection.js'
import type { PluginLogs } from './plugin-logs.js'
import type { PluginRunner } from './plugin-runner.js'
import type { FilterSubscription, Subscriptions } from './subscriptions.js'

/** Milliseconds one filter may keep a request waiting. */
const FILTER_TIMEOUT_MS = 2_000

export interface FilterRunnerOptions {
  subscriptions: Subscriptions
  logs: PluginLogs
  runnerOf: (installationId: string) => PluginRunner | undefined
  onError: (error: unknown) => void
}

/** Asks filters one after the other, across plugins; one that fails is skipped with a line in its plugin's log. */
export function createFilterRunner({
  subscriptions,
  logs,
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
      for (const subscription of subscriptions.filters(organization_id, filter)) {
        const skip = (reason: string) =>
          logs.note(
            subscription.installation.id,
            'error',
            `Filter "${subscription.handler}" of ${filter} was skipped: ${reason}`,
          )
        try {
          const answer = await ask(runnerOf(subscription.installation.id), subscription, filter, current)
          const [failure] = answer.failures
          if (failure) skip(failure.error)
          else if (isObject(answer.value)) current = answer.value
          else skip(`it returned ${JSON.stringify(answer.value)?.slice(0, 100)}, expected an object`)
        } catch (error) {
          skip(errorMessage(error))
          if (error instanceof PluginUnreachableError && error.isLate) suspect(subscription.installation.id)
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
) {
  const launched = runner?.current
  if (!launched) throw new Error('the plugin is not running')
  return launched.process.connection.call({
    path: `/_ops/filters/${encodeURIComponent(filter)}`,
    json: { value, handlers: [handler] },
    timeout: FILTER_TIMEOUT_MS,
    response: filterResponseSchema,
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
