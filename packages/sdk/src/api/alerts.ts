import type { ALERT_SEVERITIES, ALERT_STATUSES } from '../resource-schemas.js'
import { apiPath } from './api-path.js'
import type { ApiCallOptions } from './call-options.js'
import { iteratePages, type Page, type PageQuery } from './pagination.js'
import { createOptions, type ResourceRequest } from './resource-request.js'

/** How bad it is, mildest first. */
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number]

/** How far people got with it. */
export type AlertStatus = (typeof ALERT_STATUSES)[number]

/** Something people should know; times are RFC 3339 in UTC. */
export interface Alert {
  id: string
  title: string
  message: string | null
  severity: AlertSeverity
  status: AlertStatus
  device_id: string | null
  metadata: Record<string, unknown>
  organization_id: string
  created_by: string | null
  created_at: string
  acknowledged_at: string | null
  acknowledged_by: string | null
  resolved_at: string | null
  resolved_by: string | null
}

/** A new alert; the server makes up an `id` that is not given. */
export interface AlertCreate {
  id?: string
  severity: AlertSeverity
  title: string
  message?: string | null
  device_id?: string | null
  metadata?: Record<string, unknown>
}

/** Fields to change; the others stay. */
export type AlertUpdate = Partial<Omit<AlertCreate, 'id' | 'device_id'>>

/** Which alerts to list. */
export interface AlertQuery extends PageQuery {
  severity?: AlertSeverity | undefined
  status?: AlertStatus | undefined
  device_id?: string | undefined
}

/**
 * Alerts. Every method rejects with an `ApiError`.
 *
 * @example
 * await plugin.api.alerts.create({ severity: 'warning', title: 'Disk almost full', device_id: 'db-1' })
 */
export interface AlertsApi {
  list(query?: AlertQuery, options?: ApiCallOptions): Promise<Page<'alerts', Alert>>
  /** Every alert over all pages. */
  iterate(query?: AlertQuery, options?: ApiCallOptions): AsyncGenerator<Alert, void, undefined>
  get(id: string, options?: ApiCallOptions): Promise<Alert>
  create(alert: AlertCreate, options?: ApiCallOptions): Promise<Alert>
  update(id: string, changes: AlertUpdate, options?: ApiCallOptions): Promise<Alert>
  /** Says that somebody looks after it; `ApiConflictError` when it is resolved already. */
  acknowledge(id: string, options?: ApiCallOptions): Promise<Alert>
  resolve(id: string, options?: ApiCallOptions): Promise<Alert>
}

export function createAlertsApi(request: ResourceRequest): AlertsApi {
  const alerts: AlertsApi = {
    list: (query, options) => request('GET', '/alerts', { ...options, query: { ...query } }),
    iterate: (query, options) =>
      iteratePages('alerts', query, (page) => alerts.list({ ...query, ...page }, options)),
    get: async (id, options) => request('GET', apiPath`/alerts/${id}`, options),
    create: (alert, options) => request('POST', '/alerts', createOptions(alert, options)),
    update: async (id, changes, options) =>
      request('PATCH', apiPath`/alerts/${id}`, { ...options, json: changes }),
    acknowledge: async (id, options) =>
      request('POST', apiPath`/alerts/${id}/acknowledge`, { ...options, repeatable: true }),
    resolve: async (id, options) =>
      request('POST', apiPath`/alerts/${id}/resolve`, { ...options, repeatable: true }),
  }
  return alerts
}
