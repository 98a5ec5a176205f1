import { expect, it } from 'vitest'
import { deliveryOutcomes } from '../../src/events/delivery-outcomes.js'
import type { QueuedDelivery } from '../../src/events/queued-deliveries.js'

const delivery = (handlers?: string[], job_id = 'e1'): QueuedDelivery => ({
  event: {
    event_id: 'e1',
    organization_id: 'default',
    name: 'order.placed',
    payload: {},
    caused_by: null,
    occurred_at: '2026-01-27T10:30:45.000Z',
  },
  size: 2,
  job_id,
  attempt: 2,
  ...(handlers ? { handlers } : {}),
})
const outcomeOf = (one: QueuedDelivery, reached: string[]) =>
  deliveryOutcomes('2.0.0', [one], [{ event_id: 'e1', handlers: reached, failures: [] }], 1)[0]

it('a delivery for a handler that the plugin has no more failed for good, and says so', () => {
  expect(outcomeOf(delivery(['bill', 'ship']), ['ship'])).toMatchObject({
    handlers: ['ship'],
    failures: [{ handler: 'bill', error: 'Handler "bill" of order.placed does not exist in version 2.0.0' }],
    gone: ['bill'],
  })
})

it('a replay for all handlers that reaches none failed for good, and says so', () => {
  expect(outcomeOf(delivery(undefined, 'replay'), [])).toMatchObject({
    failures: [{ handler: '*', error: 'No handler of version 2.0.0 hears order.placed' }],
    gone: ['*'],
  })
})

it('an event that nobody hears any more is delivered all the same', () => {
  expect(outcomeOf(delivery(), [])).toMatchObject({ failures: [], gone: [] })
})

it('an event that the answer leaves out failed as a whole', () => {
  expect(deliveryOutcomes('2.0.0', [delivery()], [], 1)).toMatchObject([
    { handlers: [], failures: [{ handler: '*' }] },
  ])
})
