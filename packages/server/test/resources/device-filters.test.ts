import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestApi, type TestApi } from './test-api.js'

let api: TestApi

beforeAll(async () => {
  api = await createTestApi()
})
beforeEach(() => api.reset())
afterAll(() => api.close())

const pump = { id: 'pump-7', name: 'Pump 7', type: 'pump' }

describe('filters of devices', () => {
  it('are given the whole device before it is stored, and what they return is stored', async () => {
    const seen: unknown[] = []
    api.filter = async ({ filter, organization_id, value }) => {
      seen.push([filter, organization_id, value])
      return { ...value, name: `${value.name}!`, metadata: { checked: true } }
    }
    const { body } = await api.call('POST', '/devices', pump)
    expect(body).toMatchObject({ id: 'pump-7', name: 'Pump 7!', metadata: { checked: true } })
    expect(seen).toEqual([
      [
        'device.data.process',
        'default',
        expect.objectContaining({ id: 'pump-7', name: 'Pump 7', organization_id: 'default' }),
      ],
    ])
  })

  it('may add fields, which are kept in the metadata', async () => {
    api.filter = async ({ value }) => ({ ...value, anomaly_score: 0.5 })
    const { body } = await api.call('POST', '/devices', { ...pump, metadata: { a: 1 } })
    expect(body.metadata).toEqual({ a: 1, anomaly_score: 0.5 })
  })

  it('cannot change the id or the organization', async () => {
    api.filter = async ({ value }) => ({ ...value, id: 'other', organization_id: 'elsewhere' })
    expect((await api.call('POST', '/devices', pump)).body).toMatchObject({
      id: 'pump-7',
      organization_id: 'default',
    })
  })

  it('are left out, with a warning, when their result is not valid', async () => {
    api.filter = async ({ value }) => ({ ...value, name: 7, type: 'changed' })
    expect((await api.call('POST', '/devices', pump)).body).toMatchObject({ name: 'Pump 7', type: 'pump' })
    expect(api.warnings).toMatchObject([{ filter: 'device.data.process' }])
  })

  it('are asked again when the device changes, and their changes are announced', async () => {
    await api.call('POST', '/devices', pump)
    api.filter = async ({ value }) => ({ ...value, type: 'checked' })
    expect((await api.call('PATCH', '/devices/pump-7', { name: 'New' })).body).toMatchObject({
      name: 'New',
      type: 'checked',
    })
    expect(api.events.at(-1)?.payload).toMatchObject({ changes: { name: 'New', type: 'checked' } })
  })
})
