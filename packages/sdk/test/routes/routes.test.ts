import { HTTPException } from 'hono/http-exception'
import { beforeEach, describe, expect, it } from 'vitest'
import { HttpError } from '../../src/http-error.js'
import { createTestPlugin, type TestPlugin } from '../../src/testing/create-test-plugin.js'
import { jsonOf, type ProblemAnswer } from '../json-of.js'

describe('what a route answers', () => {
  let plugin: TestPlugin

  beforeEach(() => {
    plugin = createTestPlugin('routes')
  })

  const answer = async (value: unknown) => {
    plugin.route('/value', { methods: ['GET'] }, () => value)
    return plugin.request('/value')
  }

  it.each([
    ['an object', { a: [1, null] }],
    ['a list', [{ a: 1 }, 404]],
    ['null', null],
    ['a number', 42],
  ])('sends %s as JSON', async (_what, value) => {
    const response = await answer(value)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(await response.json()).toEqual(value)
  })

  it('sends a text as text, and nothing as 204', async () => {
    const text = await answer('hello')
    expect([text.headers.get('content-type'), await text.text()]).toEqual([
      'text/plain; charset=UTF-8',
      'hello',
    ])
    plugin.route('/nothing', { methods: ['POST'] }, async () => {})
    const nothing = await plugin.request('/nothing', { method: 'POST' })
    expect([nothing.status, await nothing.text()]).toEqual([204, ''])
  })

  it('passes a Response through as it is', async () => {
    const response = await answer(
      new Response('<b>gone</b>', { status: 410, headers: { 'content-type': 'text/html', 'x-own': 'yes' } }),
    )
    expect([response.status, response.headers.get('x-own'), await response.text()]).toEqual([
      410,
      'yes',
      '<b>gone</b>',
    ])
  })

  it('streams piece by piece', async () => {
    const pieces = ['one', 'two', 'three']
    let pulled = 0
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const piece = pieces[pulled]
          pulled += 1
          if (piece === undefined) controller.close()
          else controller.enqueue(new TextEncoder().encode(piece))
        },
      },
      { highWaterMark: 0 },
    )
    const response = await answer(stream)
    expect(pulled).toBe(0)
    const reader = response.body?.getReader()
    const first = await reader?.read()
    expect([new TextDecoder().decode(first?.value), pulled]).toEqual(['one', 1])
    await reader?.cancel()
  })

  it('sends bytes as bytes', async () => {
    const response = await answer(new Uint8Array([1, 2, 255]))
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([1, 2, 255])
  })

  it.each([
    ['a function', () => 1],
    ['a big integer', { big: 1n }],
    ['a symbol', Symbol('x')],
  ])('answers 500 for %s, which JSON cannot carry, and says so in the log', async (_what, value) => {
    expect((await answer(value)).status).toBe(500)
    expect(plugin.logger.getLogs({ level: 'error' })).toMatchObject([
      { error: { code: 'route_answer_invalid' } },
    ])
  })
})

describe('what a route throws', () => {
  const thrown = async (error: unknown) => {
    const plugin = createTestPlugin('throwing')
    plugin.route('/', { methods: ['GET'] }, () => {
      throw error
    })
    const response = await plugin.request('/')
    return { plugin, response, body: await jsonOf<ProblemAnswer>(response) }
  }

  it('is a problem with its status when it is an HttpError', async () => {
    const errors = [{ pointer: '/body/device_id', detail: 'unknown' }]
    const { plugin, response, body } = await thrown(
      new HttpError(404, 'No model for "pump-7"', { errors, headers: { 'x-own': 'yes' } }),
    )
    expect([response.status, response.headers.get('content-type'), response.headers.get('x-own')]).toEqual([
      404,
      'application/problem+json',
      'yes',
    ])
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'No model for "pump-7"',
      errors,
    })
    expect(plugin.logger.getLogs()).toEqual([])
  })

  it('is a problem with its status when it is an error of Hono', async () => {
    const { response, body } = await thrown(new HTTPException(403, { message: 'Not yours' }))
    expect([response.status, body.detail]).toEqual([403, 'Not yours'])
  })

  it('is sent when it is a Response', async () => {
    const { response, body } = await thrown(Response.json({ own: true }, { status: 418 }))
    expect([response.status, body]).toEqual([418, { own: true }])
  })

  it('is 500 without details otherwise, and in the log with its stack', async () => {
    const { plugin, response, body } = await thrown(new Error('the password is hunter2'))
    expect(response.status).toBe(500)
    expect(JSON.stringify(body)).not.toContain('hunter2')
    expect(plugin.logger.getLogs({ level: 'error' })).toMatchObject([
      {
        message: 'Route "get" failed',
        error: { message: 'the password is hunter2', stack: expect.any(String) },
      },
    ])
  })

  it('cannot be an HttpError without an error status', () => {
    expect(() => new HttpError(200, 'fine')).toThrow(/expected 400 to 599/)
  })
})

describe('registering routes', () => {
  it('works after the app was created, and is undone at once', async () => {
    const plugin = createTestPlugin('live')
    const app = plugin.createApp()
    const status = async (path: string) => (await app.request(`/plugins/live${path}`)).status
    expect(await status('/late')).toBe(404)
    const off = plugin.route('/late', { methods: ['GET'] }, () => 'here')
    expect(await status('/late')).toBe(200)
    off()
    expect(await status('/late')).toBe(404)
  })

  it('refuses the same method and path twice', () => {
    const plugin = createTestPlugin('twice')
    plugin.route('/a/{id}', { methods: ['GET', 'POST'] }, () => 1)
    expect(() => plugin.route('/a/:id', { methods: ['POST'] }, () => 2)).toThrow(
      /POST \/a\/:id is registered twice/,
    )
    plugin.route('/a/:id', { methods: ['DELETE'] }, () => 3)
  })

  it.each([
    ['predict', /begin with "\/"/],
    ['', /begin with "\/"/],
    ['/a?b=1', /must not contain/],
    ['/a b', /must not contain/],
    ['/a\\b', /must not contain/],
    ['/a/../b', /dots/],
    ['/openapi.json', /serves this one itself/],
    ['/docs', /serves this one itself/],
  ])('refuses the path %j', (path, message) => {
    expect(() => createTestPlugin('paths').route(path, {}, () => 1)).toThrow(message)
  })

  it('refuses methods that are none', () => {
    const { route } = createTestPlugin('methods')
    const plugin = createTestPlugin('methods')
    expect(() => plugin.route('/a', { methods: [] }, () => 1)).toThrow(/no methods/)
    expect(() => Reflect.apply(route, plugin, ['/a', { methods: ['FETCH'] }, () => 1])).toThrow(
      /"FETCH": expected one of GET/,
    )
  })

  it('understands methods in any case and answers GET by default', async () => {
    const plugin = createTestPlugin('cases')
    plugin.route('/a', {}, () => 'a')
    Reflect.apply(plugin.route, plugin, ['/b', { methods: ['post'] }, () => 'b'])
    expect((await plugin.request('/a')).status).toBe(200)
    expect((await plugin.request('/b', { method: 'POST' })).status).toBe(200)
  })

  it('names handlers after method and path', () => {
    const plugin = createTestPlugin('names')
    plugin.route('/predict', { methods: ['POST'] }, () => 1)
    plugin.route('/devices/:id', {}, () => 1)
    plugin.route('/stats', {}, function readStats() {})
    plugin.route('/own', { name: 'mine' }, () => 1)
    expect(plugin.getRegistrations().routes.map(({ handler }) => handler)).toEqual([
      'postPredict',
      'getDevicesId',
      'readStats',
      'mine',
    ])
  })
})

describe('finding a route', () => {
  it('answers 404 for an unknown path and 405 with Allow for an unknown method', async () => {
    const plugin = createTestPlugin('finding')
    plugin.route('/devices/:id', { methods: ['GET', 'PUT'] }, () => 1)
    plugin.route('/devices/:name', { methods: ['DELETE'] }, () => 1)
    const unknown = await plugin.request('/nothing')
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    const wrong = await plugin.request('/devices/a', { method: 'POST' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, PUT, DELETE'])
  })

  it('knows only the plugin’s own prefix', async () => {
    const plugin = createTestPlugin('mine')
    plugin.route('/a', {}, () => 1)
    const app = plugin.createApp()
    expect((await app.request('/plugins/mine/a')).status).toBe(200)
    expect((await app.request('/plugins/other/a')).status).toBe(404)
    expect((await app.request('/a')).status).toBe(404)
  })

  it('answers the root with and without its slash', async () => {
    const plugin = createTestPlugin('root')
    plugin.route('/', {}, () => 'root')
    const app = plugin.createApp()
    for (const path of ['/plugins/root', '/plugins/root/']) expect((await app.request(path)).status).toBe(200)
  })

  it('lets an author add middleware and routes to the app', async () => {
    const plugin = createTestPlugin('added')
    plugin.route('/a', {}, () => 'a')
    const app = plugin.createApp()
    app.use(async (c, next) => {
      await next()
      c.header('x-added', 'yes')
    })
    app.get('/extra', (c) => c.text('extra'))
    expect(await (await app.request('/extra')).text()).toBe('extra')
    const response = await app.request('/plugins/added/a')
    expect([await response.text(), response.headers.get('x-added')]).toEqual(['a', 'yes'])
  })
})
