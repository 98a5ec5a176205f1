import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import {
  eventsResponseSchema,
  filterResponseSchema,
  lifecycleResponseSchema,
  taskResponseSchema,
} from '@ops-center/plugin-sdk/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { UnpackedPlugin } from '../../../src/host/running/plugin-files.js'
import type { RunningPlugin, RuntimeKind } from '../../../src/host/runtimes/runtime.js'
import { type RuntimeUnderTest, runtimeUnderTest, unpackForTest } from './runtimes-under-test.js'

/** A plugin that does a little of everything. */
const allrounder = {
  id: 'allrounder',
  code: `
    const seen = []
    for (const phase of ['Install', 'Enable', 'Disable']) plugin['on' + phase](() => seen.push(phase))
    plugin.onConfigChange(({ new_config }) => seen.push(new_config.greeting))
    plugin.hook('device.created', ({ device_id }) => {
      if (device_id === 'bad') throw new Error('no such pump')
      seen.push(device_id)
    }, { name: 'note' })
    plugin.filterHook('device.data.process', (device) => ({ ...device, seen: true }), { name: 'mark' })
    plugin.task('double', (args) => args.number * 2)
    plugin.task('fail', () => { throw new Error('out of paper') })
    const open = (path, methods, handler) => plugin.route(path, { methods, auth: 'none' }, handler)
    open('/seen', ['GET'], () => seen)
    open('/greeting', ['GET'], () => ({ greeting: plugin.config.get('greeting'), pid: process.pid }))
    open('/nothing', ['DELETE'], () => undefined)
    open('/cookies', ['GET'], () => new Response('ok', { headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2']] }))
    open('/length', ['POST'], async ({ request }) => {
      let bytes = 0
      for await (const chunk of request.body) bytes += chunk.length
      return { bytes }
    })
    open('/upper', ['POST'], ({ request }) => new Response(request.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TransformStream({ transform: (part, out) => out.enqueue(part.toUpperCase()) }))
      .pipeThrough(new TextEncoderStream())))
    open('/hang', ['GET'], () => new Promise(() => {}))
    open('/endless', ['GET'], () => new Response(new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('and so on')),
    })))
    open('/throw', ['GET'], () => { throw new Error('broken') })
    open('/log', ['GET'], () => { plugin.logger.info('a line of the log'); return {} })
    export { plugin }`,
}

const KINDS: RuntimeKind[] = ['process', 'in-process', 'remote']

describe.each(KINDS)('the runtime %s', (kind) => {
  let runtime: RuntimeUnderTest
  let unpacked: UnpackedPlugin & { remove(): Promise<void> }
  let running: RunningPlugin
  const timeout = 5_000
  const phase = (name: string, json: object = {}) =>
    running.connection.call({
      path: `/_ops/lifecycle/${name}`,
      json,
      timeout,
      response: lifecycleResponseSchema,
    })
  const request = (method: string, path: string, body: string | Readable | null = null) =>
    running.connection.request({ method, path: `/plugins/allrounder${path}`, body })
  const get = async (path: string): Promise<unknown> =>
    JSON.parse(await text((await request('GET', path)).body))

  beforeAll(async () => {
    runtime = await runtimeUnderTest(kind)
    unpacked = await unpackForTest(allrounder)
    running = await runtime.start(unpacked, { config: { greeting: 'hello' } })
  })
  afterAll(async () => {
    await runtime.close()
    await unpacked.remove()
  })

  it('says what it is', () => {
    expect(running.runtime).toBe(kind)
    expect(typeof running.pid).toBe(kind === 'process' ? 'number' : 'undefined')
  })

  it('runs nothing of the author’s before it is told to, and then each phase once', async () => {
    expect((await request('GET', '/seen')).statusCode).toBe(503)
    expect(await phase('install')).toMatchObject({ plugin: 'allrounder', state: 'installed' })
    const { state, registrations } = await phase('enable')
    expect(state).toBe('enabled')
    expect(registrations.hooks).toMatchObject([{ event: 'device.created', handler: 'note' }])
    expect(registrations.tasks).toEqual([{ name: 'double' }, { name: 'fail' }])
    await phase('enable')
    expect(await get('/seen')).toEqual(['Install', 'Enable'])
  })

  it('hands over the configuration, and a change of it', async () => {
    expect(await get('/greeting')).toMatchObject({ greeting: 'hello' })
    await phase('config-change', { old_config: { greeting: 'hello' }, new_config: { greeting: 'moin' } })
    expect(await get('/greeting')).toMatchObject({ greeting: 'moin' })
    expect(await get('/seen')).toContain('moin')
  })

  it('delivers events and says which handler failed', async () => {
    const event = (device_id: string) => ({
      name: 'device.created',
      payload: { device_id, device_data: {} },
      event_id: randomUUID(),
      organization_id: 'org',
      occurred_at: new Date(0).toISOString(),
      caused_by: null,
    })
    const { results } = await running.connection.call({
      path: '/_ops/events',
      json: { events: ['pump', 'bad', 'valve'].map(event) },
      timeout,
      response: eventsResponseSchema,
    })
    expect(results.map(({ failures }) => failures.map(({ handler, error }) => ({ handler, error })))).toEqual(
      [[], [{ handler: 'note', error: 'no such pump' }], []],
    )
    expect(await get('/seen')).toEqual(expect.arrayContaining(['pump', 'valve']))
  })

  it('asks filters and runs tasks', async () => {
    const filtered = await running.connection.call({
      path: '/_ops/filters/device.data.process',
      json: { value: { id: 'pump' }, handlers: ['mark'] },
      timeout,
      response: filterResponseSchema,
    })
    expect(filtered).toEqual({ value: { id: 'pump', seen: true }, failures: [] })
    const run = (name: string) =>
      running.connection.call({
        path: `/_ops/tasks/${name}`,
        json: { args: { number: 21 }, task_id: name, scheduled_for: new Date(0).toISOString() },
        timeout,
        response: taskResponseSchema,
      })
    expect(await run('double')).toEqual({ value: 42 })
    await expect(run('fail')).rejects.toMatchObject({ status: 500, message: 'out of paper' })
    await expect(run('unknown')).rejects.toMatchObject({ status: 404 })
  })

  it('passes on what routes answer: 204, 405, 500, and each cookie', async () => {
    const nothing = await request('DELETE', '/nothing')
    expect([nothing.statusCode, await text(nothing.body)]).toEqual([204, ''])
    const statuses = await Promise.all(
      [request('PUT', '/seen'), request('GET', '/throw'), request('GET', '/unknown')].map(async (asked) => {
        const { statusCode, body } = await asked
        body.resume()
        return statusCode
      }),
    )
    expect(statuses).toEqual([405, 500, 404])
    const { headers, body } = await request('GET', '/cookies')
    expect(await text(body)).toBe('ok')
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2'])
  })

  it('takes a body of 20 MB without holding it', async () => {
    const chunk = Buffer.alloc(1_048_576, 'x')
    const body = Readable.from(
      (function* () {
        for (let sent = 0; sent < 20; sent += 1) yield chunk
      })(),
    )
    const answer = await request('POST', '/length', body)
    expect(JSON.parse(await text(answer.body))).toEqual({ bytes: 20 * 1_048_576 })
  })

  it('streams both ways at once', async () => {
    const sent = new Readable({ read: () => undefined })
    sent.push('first ')
    const { body } = await request('POST', '/upper', sent)
    const parts = body[Symbol.asyncIterator]()
    const next = async () => String((await parts.next()).value)
    expect(await next()).toBe('FIRST ')
    sent.push('second')
    expect(await next()).toBe('SECOND')
    sent.push(null)
    expect((await parts.next()).done).toBe(true)
  })

  it('gives up on an answer that does not begin, and on one that nobody waits for', async () => {
    const path = '/plugins/allrounder/hang'
    await expect(
      running.connection.request({ method: 'GET', path, headersTimeout: 50 }),
    ).rejects.toMatchObject({ name: 'HeadersTimeoutError' })
    const given = new AbortController()
    const asked = running.connection.request({ method: 'GET', path, signal: given.signal })
    given.abort()
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' })
    await expect(
      running.connection.call({ method: 'GET', path, timeout: 50, response: z.unknown() }),
    ).rejects.toMatchObject({ code: 'plugin_unreachable', isLate: true })
  })

  it('tells how much memory it takes where that is its own', async () => {
    const memory = await running.memory()
    if (kind !== 'process' || process.platform !== 'linux') expect(memory).toBeUndefined()
    else expect(memory).toBeGreaterThan(20 * 1_048_576)
  })

  it('lets nobody but the host in', async () => {
    const { statusCode, body } = await running.connection.request({
      method: 'POST',
      path: '/_ops/events',
      headers: { authorization: 'Bearer wrong', 'content-type': 'application/json' },
      body: '{"events":[]}',
    })
    expect(statusCode).toBe(401)
    body.resume()
  })

  it('ends what is under way when it is stopped, however stuck that is', async () => {
    const stuck = await runtime.start(unpacked)
    const call = (path: string, method: 'GET' | 'POST' = 'POST') =>
      stuck.connection.call({ method, path, timeout: 30_000, response: z.unknown() })
    await call('/_ops/lifecycle/enable')
    const path = '/plugins/allrounder'
    const stream = await stuck.connection.request({ method: 'GET', path: `${path}/endless` })
    const reading = text(stream.body)
    const waiting = [
      stuck.connection.request({ method: 'GET', path: `${path}/hang` }),
      stuck.connection.exchange({ method: 'GET', path: `${path}/endless` }),
      call(`${path}/hang`, 'GET'),
      reading,
    ].map((work) => expect(work).rejects.toThrow())
    const started = performance.now()
    await stuck.stop(100)
    await Promise.all(waiting)
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('has ended once it was stopped, and answers nothing any more', async () => {
    await running.stop(1_000)
    expect(await running.exited).toMatch(kind === 'process' ? /exit code 0/ : /a stop/)
    await expect(phase('disable')).rejects.toMatchObject({ code: 'plugin_unreachable' })
    await expect(request('GET', '/seen')).rejects.toThrow()
    expect(await running.memory()).toBeUndefined()
  })
})

describe.each(['process', 'in-process'] as const)(
  'a plugin that fails to start in the runtime %s',
  (kind) => {
    let runtime: RuntimeUnderTest
    beforeAll(async () => {
      runtime = await runtimeUnderTest(kind)
    })
    afterAll(() => runtime.close())

    it.each([
      ['throws', `throw new Error('the model is missing')`, /ended while it started|could not be loaded/],
      ['is never done', `await new Promise((resolve) => setTimeout(resolve, 60_000))`, /within 700 ms/],
      ['exports no plugin', `plugin.createApp = undefined`, /ended while it started|exports no plugin/],
    ])('says so when its code %s', async (_what, code, message) => {
      const unpacked = await unpackForTest({ id: 'broken', code })
      try {
        await expect(
          runtime.start(unpacked, { startTimeout: /within/.test(message.source) ? 700 : 15_000 }),
        ).rejects.toMatchObject({
          code: 'plugin_start_failed',
          message: expect.stringMatching(message),
        })
      } finally {
        await unpacked.remove()
      }
      if (code.startsWith('throw')) expect(runtime.lines.join('\n')).toContain('the model is missing')
    })
  },
)
