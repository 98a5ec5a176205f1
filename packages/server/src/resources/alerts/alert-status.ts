import { HttpProblem } from '../../http/http-problem.js'
import type { AlertChanges } from './alert-repository.js'
import type { Alert, AlertStatus } from './schema.js'

/**
 * What has to be written so that an alert gets a status; nothing when it has it already. Who and when stay those of
 * the first time. Active again means that nobody has dealt with it.
 *
 * @throws HttpProblem 409 for acknowledging a resolved alert.
 */
export function statusChanges(alert: Alert, status: AlertStatus, by: string, now = new Date()): AlertChanges {
  if (alert.status === status) return {}
  const at = now.toISOString()
  switch (status) {
    case 'acknowledged':
      if (alert.status === 'resolved') {
        throw new HttpProblem(
          409,
          `The alert ${JSON.stringify(alert.id)} is resolved, so it cannot be acknowledged`,
        )
      }
      return { status, acknowledged_at: at, acknowledged_by: by }
    case 'resolved':
      return { status, resolved_at: at, resolved_by: by }
    case 'active':
      return { status, acknowledged_at: null, acknowledged_by: null, resolved_at: null, resolved_by: null }
  }
}
