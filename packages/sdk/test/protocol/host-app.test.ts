import { describe, expect, it, vi } from 'vitest'
import { Plugin, type PluginOptions } from '../../src/plugin.js'
import {
  eventsResponseSchema,
  filterResponseSchema,
  lifecycleResponseSchema,
} from '../../src/protocol/index.js'
import { MockApiClient } from '../../src/testing/mock-api-client.js'
import { MockConfig } from '../../src/testing/mock-config.js'
import { MockLogger } from '../../src/testing/mock-logger.js'
import { jsonOf, type ProblemAnswer } from '../json-of.js'
import { delivery, host } from './host-messages.js'

function hostedPlugin(options: Partial<PluginOptions> = {}) {
  const logger = new MockLogger()
  const api = new MockApiClient()
  const config = new MockConfig({ limit: 3 })
  const plugin = new Plugin(
    { id: 'hosted', name: 'Hosted', version: '1.2.0' },
    { logger, api, config, ...options },
  )
  const app = plugin.createApp({ host })
  const call = (path: string, json: unknown, secret = host.secret) =>
    app.request(`/_ops${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: typeof json === 'string' ? json : JSON.stringify(json),
    })
  return { plugin, app, call, logger, api, config }
}

describe('the host’s door', () => {
  it('opens for the secret of this start only', async () => {
    const { app, call } = hostedPlugin()
    expect((await call('/lifecycle/enable', {})).status).toBe(200)
    for (const secret of ['', 'wrong', `${host.secret}x`, host.secret.toUpperCase()]) {
      const response = await call('/lifecycle/enable', {}, secret)
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    }
    expect((await app.request('/_ops/events', { method: 'POST', body: '{"events":[]}' })).status).toBe(401)
  })

  it('is not there for a plugin without a host', async () => {
    const plugin = new Plugin({ id: 'alone', name: 'Alone', version: '1.0.0' })
    const response = await plugin
      .createApp()
      .request('/_ops/lifecycle/enable', { method: 'POST', body: '{}' })
    expect(response.status).toBe(404)
  })

  it('answers what it does not have or does not understand with a problem', async () => {
    const { call } = hostedPlugin()
    expect((await call('/nothing', {})).status).toBe(404)
    expect((await call('/lifecycle/explode', {})).status).toBe(404)
    expect(
      (await call('/tasks/unknown', { task_id: 'a', scheduled_for: '2024-01-27T10:30:45Z' })).status,
    ).toBe(404)
    expect((await call('/events', '{"events": ')).status).toBe(400)
    const invalid = await call('/events', { events: [{ name: 'device.created' }] })
    expect([invalid.status, (await jsonOf<ProblemAnswer>(invalid)).detail]).toEqual([
      422,
      expect.stringContaining('payload'),
    ])
  })
})

describe('lifecycle of a hosted plugin', () => {
  it('answers with the state and what is registered', async () => {
    const { plugin, call } = hostedPlugin()
    plugin.hook('device.created', function greet() {}, {
      priority: 3,
      retries: 2,
      timeout: '5s',
      onError: 'stop',
    })
    plugin.filterHook('device.data.process', (value) => value)
    plugin.route('/open', { auth: 'none' }, () => 1)
    plugin.task('train', () => {}, { cron: '0 * * * *' })
    const answer = lifecycleResponseSchema.parse(await jsonOf(await call('/lifecycle/enable', {})))
    expect(answer).toEqual({
      protocol: 1,
      plugin: 'hosted',
      version: '1.2.0',
      state: 'enabled',
      registrations: {
        hooks: [
          {
            event: 'device.created',
            handler: 'greet',
            priority: 3,
            retries: 2,
            timeout: '5s',
            on_error: 'stop',
          },
        ],
        filters: [{ filter: 'device.data.process', handler: 'filterDeviceDataProcess', priority: 10 }],
        routes: [{ path: '/open', methods: ['GET'], handler: 'getOpen', auth: 'none' }],
        tasks: [{ name: 'train', cron: '0 * * * *' }],
      },
    })
  })

  it('continues where the installation is: each process of an enabled one enables it anew, without installing it', async () => {
    const { plugin, call } = hostedPlugin()
    const calls: string[] = []
    plugin.onInstall(() => void calls.push('install'))
    plugin.onEnable(() => void calls.push('enable'))
    expect((await call('/lifecycle/start', { state: 'disabled' })).status).toBe(200)
    expect([plugin.state, plugin.isActive]).toEqual(['disabled', false])
    await call('/lifecycle/enable', {})
    await call('/lifecycle/enable', {})
    expect([plugin.state, calls]).toEqual(['enabled', ['enable']])
  })

  it('says why a phase failed, and logs where', async () => {
    const { plugin, call, logger } = hostedPlugin()
    const missing = new Error('the model is missing')
    plugin.onEnable(() => {
      throw missing
    })
    const response = await call('/lifecycle/enable', {})
    expect([response.status, (await jsonOf<ProblemAnswer>(response)).detail]).toEqual([
      500,
      'Plugin "hosted" failed to enable: the model is missing',
    ])
    expect(plugin.state).toBe('error')
    expect(logger.getLogs({ level: 'error' })).toMatchObject([
      {
        message: 'Plugin "hosted" failed to enable: the model is missing',
        error: { stack: missing.stack },
      },
    ])
  })

  it('hands an update its versions', async () => {
    const { plugin, call } = hostedPlugin()
    const updates: unknown[] = []
    plugin.onUpdate((versions) => void updates.push(versions))
    await call('/lifecycle/update', { from: '1.1.0', to: '1.2.0' })
    expect(updates).toEqual([{ from: '1.1.0', to: '1.2.0' }])
  })

  it('tells of a new configuration', async () => {
    const { plugin, call } = hostedPlugin()
    const changes: unknown[] = []
    plugin.onConfigChange(
      ({ old_config, new_config }) => void changes.push([old_config.limit, new_config.limit]),
    )
    expect((await call('/lifecycle/config-change', { new_config: { limit: 9 } })).status).toBe(200)
    expect([changes, plugin.config.get('limit')]).toEqual([[[3, 9]], 9])
  })
})

describe('events of a hosted plugin', () => {
  it('are delivered in order, and the answer names each handler that failed', async () => {
    const { plugin, call, logger } = hostedPlugin()
    const order: string[] = []
    plugin.hook('device.created', ({ device_id }) => void order.push(`created ${device_id}`), {
      name: 'good',
    })
    plugin.hook('device.*', () => Promise.reject(new Error('boom')), { name: 'bad' })
    plugin.hook('device.deleted', ({ device_id }) => void order.push(`deleted ${device_id}`), {
      name: 'deleted',
    })
    const events = [
      delivery('device.created', { device_id: 'a' }),
      delivery('device.deleted', { device_id: 'a' }),
    ]
    const { results } = eventsResponseSchema.parse(await jsonOf(await call('/events', { events })))
    expect(order).toEqual(['created a', 'deleted a'])
    const failures = [{ handler: 'bad', error: 'boom', stack: expect.stringContaining('boom') }]
    expect(results).toEqual([
      { event_id: 'event of device.created', handlers: ['good', 'bad'], failures },
      { event_id: 'event of device.deleted', handlers: ['bad', 'deleted'], failures },
    ])
    expect(logger.getLogs({ level: 'error' })).toMatchObject([
      { message: 'Hook "bad" failed on device.created', event_id: 'event of device.created' },
      { message: 'Hook "bad" failed on device.deleted' },
    ])
  })

  it('are repeated for the failed handlers only', async () => {
    const { plugin, call } = hostedPlugin()
    const calls: string[] = []
    plugin.hook('device.created', () => void calls.push('one'), { name: 'one' })
    plugin.hook('device.created', () => void calls.push('two'), { name: 'two' })
    const response = await call('/events', { events: [delivery('device.created', {}, ['two'])] })
    const { results } = eventsResponseSchema.parse(await jsonOf(response))
    expect([calls, results[0]?.handlers]).toEqual([['two'], ['two']])
  })

  it('name a handler that is there once, although it is gone afterwards', async () => {
    const { plugin, call } = hostedPlugin()
    plugin.hook('device.created', () => 1, { name: 'single', once: true })
    const response = await call('/events', { events: [delivery('device.created')] })
    expect(eventsResponseSchema.parse(await jsonOf(response)).results[0]?.handlers).toEqual(['single'])
  })

  it('are refused by a plugin that rests, so that none is lost', async () => {
    const { plugin, call } = hostedPlugin()
    const heard = vi.fn()
    plugin.hook('device.created', heard)
    await plugin.disable()
    expect((await call('/events', { events: [delivery('device.created')] })).status).toBe(500)
    expect(heard).not.toHaveBeenCalled()
  })

  it('carry their envelope, and cause what the handler emits', async () => {
    const { plugin, call, api } = hostedPlugin()
    api.respondWith('POST', '/plugins/hosted/events', { status: 202, json: {} })
    let emitted: unknown
    plugin.hook('device.created', async (_payload, { event }) => {
      emitted = (await plugin.emit('prediction.completed', { of: event.payload.device_id })).event
    })
    await call('/events', {
      events: [
        {
          ...delivery('device.created', { device_id: 'a' }),
          caused_by: { event_id: 'first', depth: 2, plugin_id: 'other' },
        },
      ],
    })
    expect(emitted).toMatchObject({
      name: 'prediction.completed',
      payload: { of: 'a' },
      organization_id: 'org-1',
      caused_by: { event_id: 'event of device.created', depth: 3, plugin_id: 'hosted' },
    })
  })
})

describe('emit of a hosted plugin', () => {
  it('tells the platform, under the same id as its own handlers', async () => {
    const { plugin, api } = hostedPlugin()
    api.respondWith('POST', '/plugins/hosted/events', { status: 202, json: {} })
    const { event } = await plugin.emit('prediction.completed', { confidence: 0.9 })
    expect(api.getRequests()).toMatchObject([
      {
        method: 'POST',
        json: { event: 'prediction.completed', payload: { confidence: 0.9 }, event_id: event.event_id },
      },
    ])
  })

  it('rejects when the platform refuses', async () => {
    const { plugin, api } = hostedPlugin()
    api.respondWith('POST', '/plugins/hosted/events', { status: 403 })
    await expect(plugin.emit('device.exploded', {})).rejects.toMatchObject({ status: 403 })
  })
})

describe('filters and tasks of a hosted plugin', () => {
  it('answer with the value and the filters that failed', async () => {
    const { plugin, call } = hostedPlugin()
    plugin.filterHook('device.data.process', (value) => ({ ...value, a: 1 }), { name: 'good' })
    plugin.filterHook('device.data.process', () => Promise.reject(new Error('boom')), { name: 'bad' })
    const response = await call('/filters/device.data.process', { value: { id: 'x' } })
    expect(filterResponseSchema.parse(await jsonOf(response))).toMatchObject({
      value: { id: 'x', a: 1 },
      failures: [{ handler: 'bad', error: 'boom' }],
    })
    const only = await call('/filters/device.data.process', { value: { id: 'x' }, handlers: [] })
    expect(await jsonOf(only)).toEqual({ value: { id: 'x' }, failures: [] })
  })

  it('run a task with its arguments, and answer what it returned or why it failed', async () => {
    const { plugin, call } = hostedPlugin()
    plugin.task('echo', (args, { taskId, scheduledFor, signal }) => ({
      args,
      taskId,
      at: scheduledFor.toISOString(),
      isAborted: signal.aborted,
    }))
    plugin.task('fail', () => Promise.reject(new Error('no data')))
    const json = { task_id: 'nightly', scheduled_for: '2024-01-27T10:30:45.000Z' }
    expect(await jsonOf(await call('/tasks/echo', { ...json, args: { full: true } }))).toEqual({
      value: { args: { full: true }, taskId: 'nightly', at: '2024-01-27T10:30:45.000Z', isAborted: false },
    })
    const failed = await call('/tasks/fail', json)
    expect([failed.status, (await jsonOf<ProblemAnswer>(failed)).detail]).toEqual([500, 'no data'])
    await plugin.disable()
    expect((await call('/tasks/echo', json)).status).toBe(500)
  })
})
