import type { EventEnvelope } from '../../src/events.js'

/** An event as it is told. */
export function event(
  name = 'device.created',
  payload: Record<string, unknown> = { device_id: 'pump-7' },
): EventEnvelope {
  return {
    name,
    payload,
    event_id: 'e-1',
    organization_id: 'local',
    occurred_at: '2024-01-27T10:30:45Z',
    caused_by: null,
  }
}
