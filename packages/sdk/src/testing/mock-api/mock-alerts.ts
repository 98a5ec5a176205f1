import { Hono } from 'hono'
import { z } from 'zod'
import type { Alert, AlertStatus } from '../../api/alerts.js'
import { HttpError } from '../../http-error.js'
import { ALERT_SEVERITIES, ALERT_STATUSES } from '../../resource-schemas.js'
import { changesOf } from './changes-of.js'
import { createdAnswer, listAnswer } from './list-answer.js'
import { findItem, type MockContext, newId, requireMockPermission } from './mock-context.js'
import { attributesField, idField, pageQuery, readBody, readQuery, textField } from './read-request.js'

const changesSchema = z.object({
  title: textField(500).optional(),
  message: z.string().max(10_000).nullable().optional(),
  severity: z.enum(ALERT_SEVERITIES).optional(),
  device_id: idField.nullable().optional(),
  metadata: attributesField.optional(),
})
const updateSchema = changesSchema.extend({ status: z.enum(ALERT_STATUSES).optional() })
const createSchema = changesSchema.extend({
  id: idField.optional(),
  title: textField(500),
  severity: z.enum(ALERT_SEVERITIES),
})
const listSchema = z.object({
  ...pageQuery(100),
  severity: z.enum(ALERT_SEVERITIES).optional(),
  status: z.enum(ALERT_STATUSES).optional(),
  device_id: z.string().optional(),
})

/** `/alerts`, newest first. */
export function mockAlerts(context: MockContext): Hono {
  const { store } = context
  const app = new Hono()

  app.get('/', (c) => {
    requireMockPermission(context, 'alerts:read')
    const query = readQuery(c, listSchema)
    const alerts = [...store.alerts.values()].filter(
      ({ severity, status, device_id }) =>
        (query.severity === undefined || severity === query.severity) &&
        (query.status === undefined || status === query.status) &&
        (query.device_id === undefined || device_id === query.device_id),
    )
    return listAnswer(c, 'alerts', alerts.reverse(), query)
  })

  app.post('/', async (c) => {
    requireMockPermission(context, 'alerts:write')
    const { id: asked, ...body } = await readBody(c, createSchema)
    const alert: Alert = {
      id: newId(store.alerts, 'alert', asked),
      title: body.title,
      message: body.message ?? null,
      severity: body.severity,
      status: 'active',
      device_id: body.device_id ?? null,
      metadata: body.metadata ?? {},
      organization_id: context.organizationId,
      created_by: context.label,
      created_at: context.now(),
      acknowledged_at: null,
      acknowledged_by: null,
      resolved_at: null,
      resolved_by: null,
    }
    store.alerts.set(alert.id, alert)
    await context.tell('alert.created', { alert_id: alert.id, alert_data: alert })
    return createdAnswer(c, `/alerts/${alert.id}`, alert)
  })

  app.get('/:id', (c) => {
    requireMockPermission(context, 'alerts:read')
    return c.json(findItem(store.alerts, 'alert', c.req.param('id')))
  })

  app.patch('/:id', async (c) => {
    requireMockPermission(context, 'alerts:write')
    const former = findItem(store.alerts, 'alert', c.req.param('id'))
    const { status, ...asked } = await readBody(c, updateSchema)
    return c.json(await change(context, former, changesOf(former, asked), status))
  })

  app.post('/:id/:action{acknowledge|resolve}', async (c) => {
    requireMockPermission(context, 'alerts:write')
    const former = findItem(store.alerts, 'alert', c.req.param('id'))
    const status = c.req.param('action') === 'resolve' ? 'resolved' : 'acknowledged'
    return c.json(await change(context, former, {}, status))
  })

  return app
}

/** Stores and tells what changes; nothing when nothing does. */
async function change(
  context: MockContext,
  former: Alert,
  fields: Partial<Alert>,
  status: AlertStatus | undefined,
): Promise<Alert> {
  const progress = status === undefined ? {} : progressOf(context, former, status)
  const alert: Alert = { ...former, ...fields, ...progress }
  context.store.alerts.set(alert.id, alert)
  const payload = { alert_id: alert.id, alert_data: alert }
  const isReopened = progress.status === 'active'
  if (Object.keys(fields).length > 0 || isReopened) await context.tell('alert.updated', payload)
  if (progress.status === 'acknowledged') await context.tell('alert.acknowledged', payload)
  if (progress.status === 'resolved') await context.tell('alert.resolved', payload)
  return alert
}

function progressOf(context: MockContext, former: Alert, status: AlertStatus): Partial<Alert> {
  if (former.status === status) return {}
  if (status === 'resolved') return { status, resolved_at: context.now(), resolved_by: context.label }
  if (status === 'active') {
    return { status, acknowledged_at: null, acknowledged_by: null, resolved_at: null, resolved_by: null }
  }
  if (former.status === 'resolved') {
    throw new HttpError(
      409,
      `The alert ${JSON.stringify(former.id)} is resolved, so it cannot be acknowledged`,
    )
  }
  return { status, acknowledged_at: context.now(), acknowledged_by: context.label }
}
