import { describe, expect, it } from 'vitest'
import { ApiConnectionError, ApiUnavailableError } from '../../src/api/errors.js'
import { alert, device, user } from '../../src/testing/fixtures.js'
import { MockApiClient } from '../../src/testing/mock-api-client.js'

describe('MockApiClient', () => {
  it('records each request with its query, body and status', async () => {
    const api = new MockApiClient()
    await api.devices.create({ id: 'pump-7', name: 'Pump', type: 'pump' })
    await api.devices.list({ status: 'online', page_size: 5 })
    await api.devices.get('none').catch(() => undefined)
    expect(api.getRequests()).toMatchObject([
      {
        method: 'POST',
        endpoint: '/devices',
        json: { id: 'pump-7', name: 'Pump', type: 'pump' },
        status: 201,
      },
      {
        method: 'GET',
        endpoint: '/devices',
        query: { status: 'online', page_size: '5' },
        json: undefined,
        status: 200,
      },
      { method: 'GET', endpoint: '/devices/none', status: 404 },
    ])
  })

  it('finds requests by method and endpoint', async () => {
    const api = new MockApiClient({ seed: { devices: [device({ id: 'a' }), device({ id: 'b' })] } })
    await api.devices.get('a')
    await api.devices.get('b')
    await api.devices.delete('a')
    const endpoints = (query: Parameters<typeof api.getRequests>[0]) =>
      api.getRequests(query).map((one) => one.endpoint)
    expect(endpoints({ method: 'GET' })).toEqual(['/devices/a', '/devices/b'])
    expect(endpoints({ endpoint: '/devices/a' })).toEqual(['/devices/a', '/devices/a'])
    expect(endpoints({ endpoint: '/devices/*', method: 'delete' })).toEqual(['/devices/a'])
    expect(endpoints({ endpoint: '/api/v1/devices/b' })).toEqual(['/devices/b'])
    expect(endpoints({ endpoint: '/devices' })).toEqual([])
  })

  it('hands out copies, so that nobody changes what is stored or recorded', async () => {
    const metadata = { floor: 1 }
    const pump = device({ id: 'pump-7', metadata })
    const api = new MockApiClient({ seed: { devices: [pump] } })
    metadata.floor = 2
    const read = await api.devices.get('pump-7')
    read.metadata.floor = 3
    expect((await api.devices.get('pump-7')).metadata).toEqual({ floor: 1 })
    for (const request of api.getRequests()) request.endpoint = '/changed'
    expect(api.getRequests({ endpoint: '/changed' })).toEqual([])
  })

  it('forgets requests and data at a reset, but not the seed', async () => {
    const api = new MockApiClient({ seed: { users: [user({ id: 'ada' })] } })
    await api.alerts.create({ severity: 'info', title: 'A' })
    api.respondWith('GET', '/users/ada', { status: 500 })
    api.reset()
    expect(api.getRequests()).toEqual([])
    expect((await api.alerts.list()).alerts).toEqual([])
    expect((await api.users.get('ada')).id).toBe('ada')
  })

  it('answers with a forced failure, and only as often as asked', async () => {
    const api = new MockApiClient({ seed: { alerts: [alert({ id: 'a' })] } })
    api.respondWith(
      'POST',
      '/alerts/*/resolve',
      { status: 503, headers: { 'retry-after': '7' } },
      { times: 1 },
    )
    const error = await api.alerts.resolve('a').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiUnavailableError)
    expect(error).toMatchObject({ retryAfter: 7_000 })
    expect((await api.alerts.resolve('a')).status).toBe('resolved')
  })

  it('answers with a response, a function or a broken network', async () => {
    const api = new MockApiClient()
    api.respondWith('GET', '/health', Response.json({ fine: true }))
    expect([await api.get('/health'), await api.get('/health')]).toEqual([{ fine: true }, { fine: true }])
    api.respondWith('GET', '/health', (request) => Response.json({ url: new URL(request.url).search }))
    expect(await api.get('/health', { query: { deep: true } })).toEqual({ url: '?deep=true' })
    api.respondWith('GET', '/health', new TypeError('fetch failed'))
    await expect(api.get('/health')).rejects.toThrow(ApiConnectionError)
    expect(api.getRequests().at(-1)?.status).toBeUndefined()
  })

  it('names what it does not have', async () => {
    await expect(new MockApiClient().get('/plugins/installed')).rejects.toThrow(
      /mock API has no GET .*respondWith/,
    )
  })

  it('refuses what is not JSON, as the server does', async () => {
    const api = new MockApiClient()
    const headers = { 'content-type': 'text/plain' }
    await expect(api.post('/devices', { json: { name: 'A', type: 'b' }, headers })).rejects.toMatchObject({
      status: 415,
    })
  })
})
