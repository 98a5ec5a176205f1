import { afterEach, describe, expect, it, vi } from 'vitest'
import { Plugin } from '../../src/plugin.js'
import { HOST_CONTEXT_VARIABLE, readHostContext } from '../../src/protocol/index.js'
import { delivery, host } from './host-messages.js'

describe('the context of a host', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('is read from the environment', () => {
    expect(readHostContext({ [HOST_CONTEXT_VARIABLE]: JSON.stringify(host) })).toEqual(host)
    expect(readHostContext({})).toBeUndefined()
    expect(readHostContext({ [HOST_CONTEXT_VARIABLE]: '' })).toBeUndefined()
  })

  it('is refused when it is not understood, naming the place and no secret', () => {
    const read = (value: unknown) => () => readHostContext({ [HOST_CONTEXT_VARIABLE]: JSON.stringify(value) })
    expect(read({ ...host, protocol: 99 })).toThrow(/protocol.*matching version/)
    expect(read({ ...host, api_url: 5 })).toThrow(/api_url/)
    expect(read({ ...host, api_url: 5 })).not.toThrow(host.secret)
    expect(() => readHostContext({ [HOST_CONTEXT_VARIABLE]: 'nonsense' })).toThrow(/matching version/)
  })

  it('gives the plugin its configuration and its own token', async () => {
    vi.stubEnv(HOST_CONTEXT_VARIABLE, JSON.stringify(host))
    const requests: Request[] = []
    vi.stubGlobal('fetch', async (request: Request) => {
      requests.push(request)
      return Response.json({ id: 'pump-7' })
    })
    try {
      const plugin = new Plugin({ id: 'hosted', name: 'Hosted', version: '1.2.0' })
      expect(plugin.config.get('limit')).toBe(3)
      await plugin.api.devices.get('pump-7')
      const [request] = requests
      expect([request?.url, request?.headers.get('authorization')]).toEqual([
        'http://127.0.0.1:1/api/v1/devices/pump-7',
        'Bearer oci_test',
      ])
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('marks each call of the API with the event that is being handled', async () => {
    vi.stubEnv(HOST_CONTEXT_VARIABLE, JSON.stringify(host))
    const causes: (string | null)[] = []
    vi.stubGlobal('fetch', async (request: Request) => {
      causes.push(request.headers.get('x-ops-caused-by'))
      return Response.json({ id: 'pump-7' })
    })
    try {
      const plugin = new Plugin({ id: 'hosted', name: 'Hosted', version: '1.2.0' })
      plugin.hook('device.created', () => plugin.api.devices.get('pump-7'))
      await plugin.api.devices.get('pump-7')
      await plugin.createApp().request('/_ops/events', {
        method: 'POST',
        headers: { authorization: `Bearer ${host.secret}` },
        body: JSON.stringify({ events: [delivery('device.created')] }),
      })
      expect(causes).toEqual([null, 'event of device.created'])
    } finally {
      vi.unstubAllGlobals()
    }
  })
})
