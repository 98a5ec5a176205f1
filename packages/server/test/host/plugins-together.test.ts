import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PluginSource } from './build-plugin.js'
import { startTestPlatform, type TestPlatform } from './test-platform.js'

/** Answers each ball with another, for ever. */
const player = (id: string, hears: string, says: string): PluginSource => ({
  id,
  permissions: ['devices:read'],
  code: `
    import { defineEvent } from '@ops-center/plugin-sdk'
    import { z } from 'zod'
    const heard = defineEvent('${hears}', z.object({ ball: z.number() }))
    plugin.hook(heard, async ({ ball }, { event }) => {
      await plugin.storage.update('balls', (balls = []) => [...balls, { ball, depth: event.caused_by?.depth ?? 0 }])
      await plugin.emit('${says}', { ball: ball + 1 })
    })
    plugin.route('/serve', { methods: ['POST'] }, () => plugin.emit('${says}', { ball: 1 }))
    plugin.route('/balls', { methods: ['GET'] }, () => plugin.storage.get('balls', []))
    plugin.route('/emit', { methods: ['POST'] }, async ({ body }) => {
      try { await plugin.emit(body.event, {}) } catch (error) { return { status: error.status, message: error.message } }
    })`,
})

const configured: PluginSource = {
  id: 'configured',
  config_schema: {
    type: 'object',
    properties: {
      limit: { type: 'integer', minimum: 1, default: 5 },
      token: { type: 'string', sensitive: true },
      mail: { type: 'array', items: { $ref: '#/$defs/account' } },
    },
    $defs: {
      account: { properties: { host: { type: 'string' }, password: { type: 'string', sensitive: true } } },
    },
    additionalProperties: false,
  },
  code: `
    plugin.onConfigChange(({ old_config, new_config }) =>
      plugin.storage.set('changes', [old_config.limit, new_config.limit]))
    plugin.route('/limit', { methods: ['GET'] }, () => plugin.config.get('limit'))
    plugin.route('/token-length', { methods: ['GET'] }, () => plugin.config.get('token').length)
    plugin.route('/mail-lengths', { methods: ['GET'] }, () =>
      plugin.config.get('mail').map(({ host, password }) => [host, password.length]))
    plugin.route('/changes', { methods: ['GET'] }, () => plugin.storage.get('changes', null))
    plugin.route('/log', { methods: ['POST'] }, () => {
      plugin.logger.warning('Running low', { token: plugin.config.get('token'), left: 3 })
      plugin.logger.error(new Error('out of paper'))
      plugin.logger.info('The token is ' + plugin.config.get('token'))
      plugin.logger.info('All of it: ' + JSON.stringify(plugin.config.all()))
      console.log('plain words')
    })`,
}

/** So many events in a chain are delivered; the next is cut. */
const MAX_CAUSATION_DEPTH = 8

interface Ball {
  ball: number
  depth: number
}

describe('plugins on one platform', () => {
  let platform: TestPlatform
  const patience = { timeout: 20_000, interval: 50 }
  const balls = (id: string) => platform.route<Ball[]>('GET', `/plugins/${id}/balls`)

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.run(player('ping', 'pong.hit', 'ping.hit'))
    await platform.run(player('pong', 'ping.hit', 'pong.hit'))
    const mail = [
      { host: 'one', password: 'hush-hush-hush-1' },
      { host: 'two', password: 'hush-hush-hush-22' },
    ]
    await platform.run(configured, { config: { limit: 7, token: 'hush-hush-hush', mail } })
  })
  afterAll(() => platform.close())

  it('hear what another emits, and a loop between them is cut and kept as a dead letter', async () => {
    await platform.route('POST', '/plugins/ping/serve')
    await vi.waitFor(async () => {
      const { dead_letters } = await platform.api<{ dead_letters: { error: string }[] }>(
        'GET',
        '/events/dead-letters',
      )
      expect(dead_letters.map(({ error }) => error)).toEqual([expect.stringContaining('Loop cut')])
    }, patience)
    const hits = [...(await balls('ping')), ...(await balls('pong'))].toSorted((a, b) => a.ball - b.ball)
    expect(hits).toEqual(
      Array.from({ length: MAX_CAUSATION_DEPTH }, (_, depth) => ({ ball: depth + 1, depth })),
    )
  })

  it('cannot emit what only the platform may say', async () => {
    const refused = await platform.route('POST', '/plugins/ping/emit', { event: 'device.deleted' })
    expect(refused).toMatchObject({ status: 403, message: expect.stringContaining('device.') })
  })

  it('take a new configuration without a restart', async () => {
    expect(await platform.route('GET', '/plugins/configured/limit')).toBe(7)
    await platform.api('PUT', '/plugins/configured/config', { config: { limit: 9 } })
    expect(await platform.route('GET', '/plugins/configured/limit')).toBe(9)
    expect(await platform.route('GET', '/plugins/configured/changes')).toEqual([7, 9])
    expect(await platform.api('GET', '/plugins/configured/health')).toMatchObject({ restarts: 0 })
  })

  it('refuse a configuration that does not fit, and keep the former one', async () => {
    const problem = await platform.api('PUT', '/plugins/configured/config', { config: { limit: 0 } }, 422)
    expect(problem.errors).toMatchObject([{ pointer: '/config/limit' }])
    expect(await platform.route('GET', '/plugins/configured/limit')).toBe(9)
  })

  it('keep secrets of their configuration sealed in the database, masked in answers, and known to the plugin', async () => {
    const masked = (host: string) => ({ host, password: '***' })
    const shown = { config: { limit: 9, token: '***', mail: [masked('one'), masked('two')] } }
    expect(await platform.api('GET', '/plugins/configured/config')).toEqual(shown)
    expect(await platform.api('PUT', '/plugins/configured/config', shown)).toEqual(shown)
    expect(await platform.route('GET', '/plugins/configured/token-length')).toBe('hush-hush-hush'.length)
    const removed = { mail: [masked('two'), { host: 'three', password: 'hush-333' }] }
    expect(await platform.api('PUT', '/plugins/configured/config', { config: removed })).toEqual({
      config: { limit: 9, token: '***', mail: [masked('two'), masked('three')] },
    })
    expect(await platform.route('GET', '/plugins/configured/mail-lengths')).toEqual([
      ['two', 17],
      ['three', 8],
    ])
    const { rows } = await platform.server.database.executeSql('select config from installations')
    expect(rows).toHaveLength(3)
    expect(JSON.stringify(rows)).not.toContain('hush')
  })

  it('are refused a mask that stands for no secret', async () => {
    const mail = [{ host: 'one', password: '***' }]
    const problem = await platform.api('PUT', '/plugins/configured/config', { config: { mail } }, 422)
    expect(problem.errors).toMatchObject([{ pointer: '/config/mail/0/password' }])
    await platform.publish({ ...configured, id: 'unset' })
    const install = { plugin_id: 'unset', config: { token: '***' } }
    const refused = await platform.api('POST', '/plugins/install', install, 422)
    expect(refused.errors).toMatchObject([{ pointer: '/config/token' }])
  })

  it('write logs that arrive with level, time and fields, and without secrets', async () => {
    await platform.route('POST', '/plugins/configured/log')
    const lines = await vi.waitFor(async () => {
      const { logs } = await platform.api<{
        logs: { level: string; message: string; time: string; fields: object }[]
      }>('GET', '/plugins/configured/logs')
      expect(logs.map(({ message }) => message)).toContain('plain words')
      return logs
    }, patience)
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        message: 'Running low',
        fields: expect.objectContaining({ left: 3, token: '***' }),
      }),
    )
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('out of paper') }),
    )
    expect(JSON.stringify(lines)).not.toContain('hush')
    for (const { time } of lines) expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(120_000)
    const { logs } = await platform.api<{ logs: { level: string }[] }>(
      'GET',
      '/plugins/configured/logs?level=error',
    )
    expect(new Set(logs.map(({ level }) => level))).toEqual(new Set(['error']))
  })

  it('show their logs as they come', async () => {
    const response = await fetch(
      `${platform.server.url}/api/v1/plugins/configured/logs?follow=true&lines=1`,
      {
        headers: { authorization: 'Bearer test-admin-key' },
      },
    )
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    await platform.route('POST', '/plugins/configured/log')
    let text = ''
    while (text.split('Running low').length < 2) text += (await reader?.read())?.value ?? ''
    await reader?.cancel()
    for (const line of text.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level')
  })
})
