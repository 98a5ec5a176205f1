import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createTestPlugin } from '../../src/testing/create-test-plugin.js'
import { jsonOf, type ProblemAnswer } from '../json-of.js'

function inputPlugin() {
  const plugin = createTestPlugin('input')
  let calls = 0
  plugin.route(
    '/devices/:id/models/{model}',
    {
      methods: ['POST', 'GET'],
      params: z.object({ id: z.string().min(2), model: z.coerce.number() }),
      query: z.object({ limit: z.coerce.number().max(10).default(5), tag: z.array(z.string()).optional() }),
    },
    ({ params, query }) => {
      calls += 1
      return { params, query }
    },
  )
  plugin.route(
    '/predict',
    { methods: ['POST'], body: z.object({ 'a/b': z.object({ list: z.array(z.number()) }) }) },
    ({ body }) => {
      calls += 1
      return body
    },
  )
  plugin.route('/raw', { methods: ['POST', 'DELETE'] }, async ({ body, request }) => ({
    body: body ?? null,
    text: request.bodyUsed ? 'was read' : await request.text(),
  }))
  return { plugin, calls: () => calls }
}

describe('the input of a route', () => {
  it('is parsed and converted by its schemas', async () => {
    const { plugin } = inputPlugin()
    const response = await plugin.request('/devices/pump%207/models/3?limit=7&tag=a&tag=b')
    expect(await response.json()).toEqual({
      params: { id: 'pump 7', model: 3 },
      query: { limit: 7, tag: ['a', 'b'] },
    })
    expect((await jsonOf<{ query: unknown }>(await plugin.request('/devices/ab/models/3'))).query).toEqual({
      limit: 5,
    })
  })

  it('is 422 with a pointer to each place that is wrong, and no handler runs', async () => {
    const { plugin, calls } = inputPlugin()
    const params = await plugin.request('/devices/a/models/3')
    expect([params.status, (await jsonOf<ProblemAnswer>(params)).errors[0]?.pointer]).toEqual([
      422,
      '/params/id',
    ])
    const query = await plugin.request('/devices/ab/models/3?limit=70')
    expect([query.status, (await jsonOf<ProblemAnswer>(query)).errors[0]?.pointer]).toEqual([
      422,
      '/query/limit',
    ])
    const body = await plugin.request('/predict', { json: { 'a/b': { list: [1, 'two', 'three'] } } })
    expect(body.headers.get('content-type')).toBe('application/problem+json')
    const problem = await jsonOf<ProblemAnswer>(body)
    expect(problem.errors.map(({ pointer }) => pointer)).toEqual(['/body/a~1b/list/1', '/body/a~1b/list/2'])
    expect(problem.detail).toContain('/body/a~1b/list/1')
    expect(calls()).toBe(0)
  })

  it('is 400 when the body is not JSON, and 422 when there is none', async () => {
    const { plugin } = inputPlugin()
    const headers = { 'content-type': 'application/json' }
    expect((await plugin.request('/predict', { method: 'POST', body: '{"a": ', headers })).status).toBe(400)
    expect((await plugin.request('/predict', { method: 'POST', headers })).status).toBe(422)
  })

  it('is 415 when a body is expected and another type comes', async () => {
    const { plugin } = inputPlugin()
    const response = await plugin.request('/predict', {
      method: 'POST',
      body: 'a=1',
      headers: { 'content-type': 'text/csv' },
    })
    expect([response.status, (await jsonOf<ProblemAnswer>(response)).detail]).toEqual([
      415,
      expect.stringContaining('"text/csv"'),
    ])
    const ok = await plugin.request('/predict', {
      method: 'POST',
      body: '{"a/b":{"list":[]}}',
      headers: { 'content-type': 'application/vnd.own+json; charset=utf-8' },
    })
    expect(ok.status).toBe(200)
  })

  it('without a schema is the JSON that came, or the request unread', async () => {
    const { plugin } = inputPlugin()
    const json = await plugin.request('/raw', { json: { a: 1 } })
    expect(await json.json()).toEqual({ body: { a: 1 }, text: 'was read' })
    const text = await plugin.request('/raw', {
      method: 'POST',
      body: 'a,b',
      headers: { 'content-type': 'text/csv' },
    })
    expect(await text.json()).toEqual({ body: null, text: 'a,b' })
    expect(await (await plugin.request('/raw', { method: 'DELETE' })).json()).toEqual({
      body: null,
      text: '',
    })
  })

  it('without a schema has texts for params and query', async () => {
    const plugin = createTestPlugin('plain')
    plugin.route('/x/:id', {}, ({ params, query }) => ({ params, query }))
    const response = await plugin.request('/x/7?a=1&b=2&b=3&__proto__=evil')
    const answer = await jsonOf<{ params: object; query: object }>(response)
    expect(answer.params).toEqual({ id: '7' })
    expect(Object.entries(answer.query)).toEqual([
      ['a', '1'],
      ['b', ['2', '3']],
      ['__proto__', 'evil'],
    ])
  })

  it('is checked by any Standard Schema, also one that takes its time', async () => {
    const positive: StandardSchemaV1<unknown, { count: number }> = {
      '~standard': {
        version: 1,
        vendor: 'own',
        async validate(value) {
          const count = Number(Object(value).count)
          return count > 0
            ? { value: { count } }
            : { issues: [{ message: 'not positive', path: [{ key: 'count' }] }] }
        },
      },
    }
    const plugin = createTestPlugin('standard')
    plugin.route('/count', { methods: ['POST'], body: positive }, ({ body }) => body.count + 1)
    expect(await (await plugin.request('/count', { json: { count: '4' } })).json()).toBe(5)
    const wrong = await plugin.request('/count', { json: { count: -1 } })
    expect((await jsonOf<ProblemAnswer>(wrong)).errors).toEqual([
      { pointer: '/body/count', detail: 'not positive' },
    ])
  })
})
