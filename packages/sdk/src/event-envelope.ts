import { randomUUID } from 'node:crypto'
import { currentEvent } from './event-context.js'
import type { EventEnvelope } from './events.js'

/** An event that a plugin tells, caused by the one it is handling. */
export function createEnvelope(
  name: string,
  payload: Record<string, unknown>,
  { pluginId, organizationId }: { pluginId: string; organizationId: string | undefined },
): EventEnvelope {
  const cause = currentEvent.getStore()
  return {
    name,
    payload,
    event_id: randomUUID(),
    organization_id: organizationId ?? 'local',
    occurred_at: timestamp(),
    caused_by: cause
      ? { event_id: cause.event_id, depth: (cause.caused_by?.depth ?? 0) + 1, plugin_id: pluginId }
      : null,
  }
}

let lastMoment = Number.NaN
let lastText = ''

/** The present as RFC 3339; to write one costs more than the rest of an event, and many fall into one millisecond. */
function timestamp(): string {
  const now = Date.now()
  if (now !== lastMoment) {
    lastMoment = now
    lastText = new Date(now).toISOString()
  }
  return lastText
}
