import { describe, expect, it } from 'vitest'
import { eventCatalogue } from '../../src/events.js'
import { eventPayload } from '../../src/testing/event-payload.js'
import { device } from '../../src/testing/fixtures.js'

describe('eventPayload', () => {
  it.each(Object.keys(eventCatalogue))('makes a valid payload of %s', (name) => {
    const schema = Object.entries(eventCatalogue).find(([known]) => known === name)?.[1]
    expect(schema?.strict().safeParse(eventPayload(name)).error).toBeUndefined()
  })

  it('puts in what matters, and keeps both places of an id the same', () => {
    const byData = eventPayload('device.created', { device_data: { id: 'pump-7', type: 'pump' } })
    expect([byData.device_id, byData.device_data.id, byData.device_data.type]).toEqual([
      'pump-7',
      'pump-7',
      'pump',
    ])
    const byId = eventPayload('alert.resolved', { alert_id: 'a-1' })
    expect([byId.alert_id, byId.alert_data.id, byId.alert_data.status]).toEqual(['a-1', 'a-1', 'resolved'])
  })

  it('replaces metrics instead of mixing them', () => {
    const { metrics } = eventPayload('device.metrics_updated', { metrics: { pressure: 9 } })
    expect(metrics).toEqual({ pressure: 9 })
  })

  it('knows nothing of own events', () => {
    expect(eventPayload('prediction.completed', { confidence: 1 })).toEqual({ confidence: 1 })
  })
})

describe('fixtures', () => {
  it('never share an id', () => {
    expect(device().id).not.toBe(device().id)
  })
})
