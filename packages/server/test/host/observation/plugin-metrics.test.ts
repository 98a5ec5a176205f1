import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { PluginSource } from '../build-plugin.js'
import { ADMIN_KEY, pidOf, startTestPlatform, type TestPlatform } from '../test-platform.js'

const patience = { timeout: 15_000, interval: 50 }

const measured: PluginSource = {
  id: 'measured',
  permissions: ['devices:read'],
  code: `
    plugin.hook('device.created', ({ device_data }) => {
      plugin.logger.warning('seen')
      if (device_data.type === 'broken') throw new Error('broken')
    }, { name: 'note', retries: 0 })
    plugin.filterHook('device.data.process', (device) => {
      if (device.type === 'unfit') throw new Error('unfit')
      return device
    })
    plugin.task('tick', () => {}, { cron: '* * * * * *' })
    plugin.route('/ok', { methods: ['GET'] }, () => ({ ok: true }))
    plugin.webSocket('/live', {})
  `,
}

describe('the figures of a plugin in /metrics', () => {
  let platform: TestPlatform
  let text = ''
  const read = async () => {
    text = await (
      await fetch(`${platform.server.url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
    ).text()
    return text
  }
  /** The value of a series of the plugin; its labels beside plugin and organization come first in `more`. */
  const value = (name: string, more: Record<string, string> = {}) => {
    const labels = { plugin: 'measured', organization: 'default', ...more }
    const line = text
      .split('\n')
      .find(
        (one) =>
          one.startsWith(`ops_center_${name}{`) &&
          Object.entries(labels).every(([label, given]) => one.includes(`${label}="${given}"`)),
      )
    return line === undefined ? undefined : Number(line.split(' ').at(-1))
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.run(measured)
    for (const type of ['pump', 'broken', 'unfit'])
      await platform.api('POST', '/devices', { name: type, type })
    await platform.route('GET', '/plugins/measured/ok')
    await platform.route('GET', '/plugins/measured/none', undefined, 404)
    await vi.waitFor(async () => {
      await read()
      expect(value('plugin_deliveries_total', { outcome: 'delivered' })).toBe(2)
      expect(value('plugin_deliveries_total', { outcome: 'dead' })).toBe(1)
      expect(value('plugin_task_runs_total', { outcome: 'succeeded' })).toBeGreaterThan(0)
      expect(value('plugin_log_lines_total', { level: 'warning' })).toBeGreaterThanOrEqual(3)
    }, patience)
  })
  afterAll(() => platform.close())

  it('say that it runs, and what it takes', () => {
    expect(value('plugin_up')).toBe(1)
    if (process.platform === 'linux') expect(value('plugin_memory_bytes')).toBeGreaterThan(20_000_000)
  })

  it('count events, filters, tasks and requests, with how long they took', () => {
    expect(value('plugin_filter_calls_total', { outcome: 'applied' })).toBe(2)
    expect(value('plugin_filter_calls_total', { outcome: 'skipped' })).toBe(1)
    expect(value('plugin_requests_total', { status: '200' })).toBe(1)
    expect(value('plugin_requests_total', { status: '404' })).toBe(1)
    expect(value('plugin_call_duration_seconds_count', { kind: 'delivery' })).toBe(3)
    expect(value('plugin_call_duration_seconds_count', { kind: 'filter' })).toBe(3)
    expect(value('plugin_call_duration_seconds_count', { kind: 'request' })).toBe(2)
    expect(value('plugin_call_duration_seconds_count', { kind: 'task' })).toBeGreaterThan(0)
  })

  it('tell what waits for it, and what was given up', () => {
    expect(value('plugin_queue_length', { queue: 'tasks' })).toBeGreaterThan(0)
    expect(value('dead_letters')).toBe(1)
  })

  it('count its WebSockets while they are open', async () => {
    const socket = new WebSocket(`${platform.server.url.replace('http', 'ws')}/plugins/measured/live`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    })
    await new Promise((resolve) => socket.once('open', resolve))
    await read()
    expect([value('plugin_websockets_open'), value('plugin_websockets_total')]).toEqual([1, 1])
    expect(value('plugin_requests_total', { status: '101' })).toBe(1)
    socket.close()
    await vi.waitFor(async () => {
      await read()
      expect(value('plugin_websockets_open')).toBe(0)
    }, patience)
  })

  it('have no more labels than plugin, organization and what is one of a few', () => {
    const names = [...text.matchAll(/^ops_center_plugin_\w+\{(.*)\}/gm)].flatMap(([, labels = '']) =>
      [...labels.matchAll(/(\w+)="/g)].map(([, name]) => name),
    )
    expect([...new Set(names)].toSorted()).toEqual([
      'kind',
      'le',
      'level',
      'organization',
      'outcome',
      'plugin',
      'queue',
      'status',
    ])
  })

  it('and its health agree: restarts, memory, time, what waits', async () => {
    process.kill(await pidOf(platform, 'measured'), 'SIGKILL')
    await vi.waitFor(async () => {
      const health = await platform.api('GET', '/plugins/measured/health')
      expect(health).toMatchObject({
        status: 'healthy',
        restarts: 1,
        uptime_seconds: expect.any(Number),
        deliveries_waiting: 0,
        tasks_waiting: expect.any(Number),
        ...(process.platform === 'linux' ? { memory_bytes: expect.any(Number) } : {}),
      })
    }, patience)
    await read()
    expect([value('plugin_restarts_total'), value('plugin_up')]).toEqual([1, 1])
    await platform.api('POST', '/plugins/measured/disable')
    await read()
    expect([value('plugin_up'), value('plugin_memory_bytes')]).toEqual([undefined, undefined])
  })
})
