import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { recorder } from './recorder-plugin.js'
import { pidOf, startTestPlatform, type TestPlatform } from './test-platform.js'

interface Counted {
  count: number
  distinct: number
}

describe('an installed plugin', () => {
  let platform: TestPlatform
  const patience = { timeout: 15_000, interval: 50 }
  const counted = () => platform.route<Counted>('GET', '/plugins/recorder/events')
  const sendReadings = async (count: number, metrics: Record<string, unknown> = { cpu: 1 }) => {
    for (let index = 0; index < count; index += 1)
      await platform.api('POST', '/devices/pump/metrics', metrics)
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.run(recorder)
    await platform.api('POST', '/devices', { id: 'pump', name: 'Pump', type: 'pump' })
  })
  afterAll(() => platform.close())

  it('ran its install handler and then its enable handler', async () => {
    expect(await platform.route('GET', '/plugins/recorder/lifecycle')).toEqual(['install', 'enable'])
  })

  it('is asked before a device is stored', async () => {
    const device = await platform.api('GET', '/devices/pump')
    expect(device.metadata).toEqual({ seen: true })
  })

  it('hears each event once', async () => {
    const before = await counted()
    await sendReadings(25)
    await vi.waitFor(async () => expect((await counted()).count).toBe(before.count + 25), patience)
    const { count, distinct } = await counted()
    expect(distinct).toBe(count)
  })

  it('shows its deliveries', async () => {
    const answer = await platform.api<{ deliveries: object[] }>('GET', '/plugins/recorder/deliveries')
    expect(answer.deliveries[0]).toMatchObject({
      event: 'device.metrics_updated',
      status: 'delivered',
      attempt: 1,
      handlers: ['record'],
      failures: [],
    })
  })

  it('misses no event when its process is killed, and is started again', async () => {
    const before = await counted()
    await sendReadings(10)
    const pid = await pidOf(platform, 'recorder')
    process.kill(pid, 'SIGKILL')
    await sendReadings(10)
    await vi.waitFor(async () => expect((await counted()).distinct).toBe(before.distinct + 20), patience)
    expect(await pidOf(platform, 'recorder')).not.toBe(pid)
    const { restarts } = await platform.api('GET', '/plugins/recorder/health')
    expect(restarts).toBeGreaterThan(0)
  })

  it('gets an event again that killed it while it was handled, without the others', async () => {
    const before = await counted()
    await sendReadings(3)
    await sendReadings(1, { crash: 'once' })
    await sendReadings(3)
    await vi.waitFor(async () => expect((await counted()).distinct).toBe(before.distinct + 7), patience)
  })

  it('reaches its routes only with a key, unless they are open', async () => {
    const url = `${platform.server.url}/plugins/recorder`
    const refused = await fetch(`${url}/events`)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
    expect(await (await fetch(`${url}/open`)).json()).toEqual({ open: true })
    expect((await fetch(`${url}/docs`)).headers.get('content-type')).toContain('text/html')
    expect((await fetch(`${platform.server.url}/plugins/never-installed/open`)).status).toBe(401)
  })

  it('gets the request as it came, but never the key of the caller', async () => {
    const answer = await platform.route('POST', '/plugins/recorder/echo?a=1&a=2', { text: 'ä\0' })
    expect(answer).toEqual({ body: { text: 'ä\0' }, query: { a: ['1', '2'] }, authorization: null })
  })

  it('answers what it does not serve with 404 and 405', async () => {
    await platform.route('GET', '/plugins/recorder/nothing', undefined, 404)
    await platform.route('DELETE', '/plugins/recorder/events', undefined, 405)
    await platform.route('GET', '/plugins/unknown/events', undefined, 404)
  })

  it('runs its tasks by the clock', async () => {
    const ticks = () => platform.route<number>('GET', '/plugins/recorder/ticks')
    const before = await ticks()
    await vi.waitFor(async () => expect(await ticks()).toBeGreaterThan(before), patience)
    const { tasks } = await platform.api<{ tasks: object[] }>('GET', '/plugins/recorder/tasks')
    expect(tasks).toMatchObject([{ task_id: 'tick', kind: 'cron', cron: '* * * * * *', last_error: null }])
  })

  it('rests while it is disabled: no routes, no events, no tasks', async () => {
    const before = await counted()
    const ticks = () => platform.route<number>('GET', '/plugins/recorder/ticks')
    const disabled = await platform.api('POST', '/plugins/recorder/disable')
    expect(disabled).toMatchObject({ state: 'disabled', enabled: false })
    const response = await fetch(`${platform.server.url}/plugins/recorder/open`)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    await sendReadings(5)
    const runs = async () => {
      const { tasks } = await platform.api<{ tasks: { runs: number; next_run: string }[] }>(
        'GET',
        '/plugins/recorder/tasks',
      )
      return tasks[0]
    }
    const resting = await runs()
    await vi.waitUntil(() => Date.now() > Date.parse(resting?.next_run ?? '') + 1_000, patience)
    expect((await runs())?.runs).toBe(resting?.runs)

    await platform.api('POST', '/plugins/recorder/enable')
    await sendReadings(1, { cpu: 2 })
    await vi.waitFor(async () => expect((await counted()).count).toBeGreaterThan(before.count), patience)
    expect((await counted()).count).toBe(before.count + 1)
    const ticked = await ticks()
    await vi.waitFor(async () => expect(await ticks()).toBeGreaterThan(ticked), patience)
    const lifecycle = await platform.route<string[]>('GET', '/plugins/recorder/lifecycle')
    expect(lifecycle.slice(-2)).toEqual(['disable', 'enable'])
  })

  it('enables and disables idempotently', async () => {
    const before = await platform.route<string[]>('GET', '/plugins/recorder/lifecycle')
    await platform.api('POST', '/plugins/recorder/enable')
    expect(await platform.route('GET', '/plugins/recorder/lifecycle')).toEqual(before)
  })

  it('leaves nothing behind when it is uninstalled', async () => {
    await platform.api('POST', '/plugins/recorder/uninstall', { purge: true })
    await platform.api('GET', '/plugins/recorder/health', undefined, 404)
    await platform.route('GET', '/plugins/recorder/events', undefined, 404)
    await platform.api('POST', '/plugins/install', { plugin_id: 'recorder', enable: true })
    expect(await counted()).toMatchObject({ count: 0 })
  })
})
