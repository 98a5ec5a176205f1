import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { filtered } from '../filtered.js'
import type { RequestScope } from '../request-scope.js'
import type { ResourceServices } from '../resource-services.js'
import { getAlert, insertAlert, lockAlert, updateAlert } from './alert-repository.js'
import { statusChanges } from './alert-status.js'
import { type Alert, type AlertFields, type AlertPatch, type AlertStatus, alertFields } from './schema.js'

/** Filters, stores and announces a new alert. */
export async function createAlert(
  services: ResourceServices,
  { principal, causedBy, repeatGuard }: RequestScope,
  { id = randomUUID(), ...given }: AlertFields & { id?: string | undefined },
): Promise<Alert> {
  const { organization_id, label } = principal
  const fields = await filtered(services, {
    organization_id,
    filter: 'alert.data.process',
    value: { id, ...given, status: 'active', created_by: label, organization_id },
    fields: given,
    schema: alertFields,
  })
  return services.database.kysely.transaction().execute(async (trx) => {
    const alert = await insertAlert(trx, organization_id, { id, ...fields, created_by: label })
    await services.events.publish(trx, {
      organization_id,
      name: 'alert.created',
      payload: { alert_id: alert.id, alert_data: alert },
      caused_by: causedBy,
    })
    await repeatGuard.record(trx, { status: 201, location: `/api/v1/alerts/${alert.id}`, body: alert })
    return alert
  })
}

/** Changes the fields that differ; a `status` acknowledges, resolves or reopens. */
export async function patchAlert(
  services: ResourceServices,
  scope: RequestScope,
  id: string,
  { status, ...patch }: AlertPatch,
): Promise<Alert> {
  const { organization_id } = scope.principal
  const known = await getAlert(services.database.kysely, organization_id, id)
  const merged = mergedFields(fieldsOf(known), patch)
  const wanted = isDeepStrictEqual(merged, fieldsOf(known))
    ? merged
    : await filtered(services, {
        organization_id,
        filter: 'alert.data.process',
        value: { ...known, ...merged },
        fields: merged,
        schema: alertFields,
      })
  return change(services, scope, id, differences(fieldsOf(known), wanted), status)
}

/** Acknowledges or resolves; doing it twice changes nothing. */
export async function setAlertStatus(
  services: ResourceServices,
  scope: RequestScope,
  id: string,
  status: AlertStatus,
): Promise<Alert> {
  return change(services, scope, id, {}, status)
}

async function change(
  { database, events }: ResourceServices,
  { principal, causedBy }: RequestScope,
  id: string,
  asked: Partial<AlertFields>,
  status: AlertStatus | undefined,
): Promise<Alert> {
  const { organization_id, label } = principal
  return database.kysely.transaction().execute(async (trx) => {
    const before = await lockAlert(trx, organization_id, id)
    const fields = differences(fieldsOf(before), { ...fieldsOf(before), ...asked })
    const progress = status === undefined ? {} : statusChanges(before, status, label)
    const names = eventNames(Object.keys(fields).length > 0, before.status, progress.status)
    if (names.length === 0) return before
    const alert = await updateAlert(trx, organization_id, id, { ...fields, ...progress })
    const payload = { alert_id: id, alert_data: alert }
    await events.publish(
      trx,
      names.map((name) => ({ organization_id, name, payload, caused_by: causedBy })),
    )
    return alert
  })
}

function eventNames(hasFields: boolean, before: AlertStatus, after: AlertStatus | undefined): string[] {
  const isReopened = after === 'active' && before !== 'active'
  return [
    ...(hasFields || isReopened ? ['alert.updated'] : []),
    ...(after === 'acknowledged' || after === 'resolved' ? [`alert.${after}`] : []),
  ]
}

function fieldsOf({ severity, title, message, device_id, metadata }: Alert): AlertFields {
  return { severity, title, message, device_id, metadata }
}

function mergedFields(fields: AlertFields, patch: Omit<AlertPatch, 'status'>): AlertFields {
  return {
    severity: patch.severity ?? fields.severity,
    title: patch.title ?? fields.title,
    message: patch.message === undefined ? fields.message : patch.message,
    device_id: patch.device_id === undefined ? fields.device_id : patch.device_id,
    metadata: patch.metadata ?? fields.metadata,
  }
}

function differences(before: AlertFields, after: AlertFields): Partial<AlertFields> {
  const old: Record<string, unknown> = { ...before }
  return Object.fromEntries(
    Object.entries(after).filter(([key, value]) => !isDeepStrictEqual(old[key], value)),
  )
}
