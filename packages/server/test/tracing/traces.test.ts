import { createServer } from 'node:http'
import { context, type Link, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PluginSource } from '../host/build-plugin.js'
import { ADMIN_KEY, startTestPlatform, type TestPlatform } from '../host/test-platform.js'

const traced: PluginSource = {
  id: 'traced',
  permissions: ['devices:read', 'devices:write', 'alerts:write'],
  code: `
    plugin.hook('device.created', async ({ device_id }) => {
      plugin.logger.info('device seen')
      await plugin.api.alerts.create({ severity: 'info', title: 'New: ' + device_id })
    })
    plugin.filterHook('device.data.process', (device) => {
      plugin.logger.info('filter asked')
      return device
    })
    plugin.task('work', () => plugin.logger.info('task ran'))
    plugin.route('/trace', { methods: ['GET'] }, ({ request }) => {
      plugin.logger.info('route called')
      return { traceparent: request.headers.get('traceparent') }
    })
    plugin.route('/broken', { methods: ['GET'] }, () => process.exit(1))
  `,
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const patience = { timeout: 15_000, interval: 50 }

describe('traces', () => {
  let platform: TestPlatform
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const spans = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name)
  const until = (name: string, isMeant: (span: ReadableSpan) => boolean = () => true) =>
    vi.waitFor(() => {
      const span = spans(name).find(isMeant)
      if (!span) throw new Error(`No span ${name}`)
      return span
    }, patience)
  const logged = (message: string) =>
    vi.waitFor(async () => {
      const path = '/plugins/traced/logs?lines=500'
      const { logs } = await platform.api<{ logs: { message: string; fields: { trace_id?: string } }[] }>(
        'GET',
        path,
      )
      const line = logs.findLast((one) => one.message === message)
      if (!line) throw new Error(`No line "${message}"`)
      return line.fields
    }, patience)

  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    trace.setGlobalTracerProvider(provider)
    platform = await startTestPlatform({ webhooksAllowPrivate: true })
    await platform.run(traced)
  })
  beforeEach(() => exporter.reset())
  afterAll(async () => {
    await platform.close()
    trace.disable()
    context.disable()
  })

  it('go on from the caller through the proxy into the plugin and its log', async () => {
    const answer = await fetch(`${platform.server.url}/plugins/traced/trace`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}`, traceparent: `00-${TRACE}-${SPAN}-01` },
    })
    const answered: unknown = await answer.json()
    const request = await until('GET /plugins/:id/*')
    expect(request.spanContext().traceId).toBe(TRACE)
    expect(request.parentSpanContext?.spanId).toBe(SPAN)
    expect(request.attributes).toMatchObject({
      'http.response.status_code': 200,
      'http.route': '/plugins/:id/*',
    })
    const proxied = await until('plugin.request')
    expect(proxied.parentSpanContext?.spanId).toBe(request.spanContext().spanId)
    expect(proxied.attributes).toEqual({ 'ops.plugin': 'traced', 'ops.organization': 'default' })
    expect(answered).toEqual({ traceparent: `00-${TRACE}-${proxied.spanContext().spanId}-01` })
    expect((await logged('route called')).trace_id).toBe(TRACE)
  })

  it('link a delivery to the request that published the event, and the plugin’s requests go on in that trace', async () => {
    await platform.api('POST', '/devices', { id: 'pump', name: 'Pump', type: 'pump' })
    const created = await until('POST /api/v1/devices')
    const { traceId, spanId } = created.spanContext()
    const filter = await until('plugin.filter')
    expect(filter.parentSpanContext?.spanId).toBe(spanId)
    expect((await logged('filter asked')).trace_id).toBe(traceId)

    const isLinked = ({ links }: { links: Link[] }) => links.some((link) => link.context.spanId === spanId)
    const delivery = await until('plugin.deliver', isLinked)
    expect(delivery.spanContext().traceId).not.toBe(traceId)
    expect(delivery.parentSpanContext).toBeUndefined()
    expect((await logged('device seen')).trace_id).toBe(traceId)
    const alert = await until('POST /api/v1/alerts')
    expect([alert.spanContext().traceId, alert.parentSpanContext?.spanId]).toEqual([traceId, spanId])
  })

  it('tell of tasks, each a trace of its own, linked to the request that asked for it', async () => {
    await platform.api('POST', '/plugins/traced/tasks/work/run', {})
    const task = await until('plugin.task')
    expect(task.parentSpanContext).toBeUndefined()
    const asked = await until('POST /api/v1/plugins/:id/tasks/:task_id/run')
    expect(task.links.map((link) => link.context.spanId)).toEqual([asked.spanContext().spanId])
    expect(task.attributes).toMatchObject({ 'ops.plugin': 'traced', 'ops.task': 'work' })
    expect((await logged('task ran')).trace_id).toBe(task.spanContext().traceId)
  })

  it('tell of webhooks, and of what fails', async () => {
    let received: unknown
    const receiver = createServer(({ headers }, answer) => {
      received = headers.traceparent
      answer.writeHead(500).end()
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const address = receiver.address()
    const port = typeof address === 'object' ? address?.port : undefined
    await platform.api('POST', '/webhooks', { url: `http://127.0.0.1:${port}/`, events: ['alert.created'] })
    await platform.api('POST', '/alerts', { severity: 'info', title: 'Hello' })
    const created = await until('POST /api/v1/alerts')
    const sent = await until('webhook.deliver')
    expect(sent.links[0]?.context.spanId).toBe(created.spanContext().spanId)
    const { traceId, spanId } = sent.spanContext()
    expect(received).toBe(`00-${traceId}-${spanId}-01`)
    expect(sent.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: 'The receiver answered 500, expected 2xx',
    })
    receiver.close()

    await platform.route('GET', '/plugins/traced/broken', undefined, 502)
    const request = await until('GET /plugins/:id/*', ({ status }) => status.code === SpanStatusCode.ERROR)
    expect(request.attributes['http.response.status_code']).toBe(502)
    expect((await until('plugin.request')).status.code).toBe(SpanStatusCode.ERROR)
  })
})
