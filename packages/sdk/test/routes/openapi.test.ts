import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Plugin } from '../../src/plugin.js'
import { createTestPlugin } from '../../src/testing/create-test-plugin.js'
import { jsonOf } from '../json-of.js'

interface Document {
  paths: Record<string, Record<string, { operationId: string; security: unknown }>>
}

function documentedPlugin() {
  const plugin = createTestPlugin(
    new Plugin({ id: 'documented', name: 'Docs & <Co>', version: '1.2.0', description: 'Says what it does' }),
  )
  plugin.route(
    '/devices/:id/predict',
    {
      methods: ['POST', 'PUT'],
      params: z.object({ id: z.string().max(10) }),
      query: z.object({ limit: z.coerce.number().default(5), since: z.string() }),
      body: z.object({ metrics: z.record(z.string(), z.number()) }),
      summary: 'Predict',
      name: 'predict',
    },
    () => 1,
  )
  plugin.route('/open', { auth: 'none' }, () => 1)
  return plugin
}

describe('openapi.json of a plugin', () => {
  it('describes every route with its parameters, body and need of a key', async () => {
    const response = await documentedPlugin().request('/openapi.json')
    const document = await jsonOf<Document>(response)
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Docs & <Co>', version: '1.2.0', description: 'Says what it does' },
    })
    expect(Object.keys(document.paths)).toEqual([
      '/plugins/documented/devices/{id}/predict',
      '/plugins/documented/open',
    ])
    const path = document.paths['/plugins/documented/devices/{id}/predict']
    expect(Object.keys(path ?? {})).toEqual(['post', 'put'])
    expect([path?.post?.operationId, path?.put?.operationId]).toEqual(['predict', 'predict_put'])
    expect(path?.post).toMatchObject({
      summary: 'Predict',
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 10 } },
        { name: 'limit', in: 'query', required: false, schema: { default: 5 } },
        { name: 'since', in: 'query', required: true, schema: { type: 'string' } },
      ],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { type: 'object', required: ['metrics'] } } },
      },
      responses: { 200: {}, 422: {} },
      security: [{ bearer: [] }],
    })
    expect(document.paths['/plugins/documented/open']?.get?.security).toEqual([])
  })

  it('follows routes that come later', async () => {
    const plugin = documentedPlugin()
    await plugin.request('/openapi.json')
    plugin.route('/late', {}, () => 1)
    const { paths } = await jsonOf<Document>(await plugin.request('/openapi.json'))
    expect(Object.keys(paths)).toContain('/plugins/documented/late')
  })

  it('has a readable page beside it that needs no network', async () => {
    const response = await documentedPlugin().request('/docs')
    const page = await response.text()
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(page).toContain('<title>Docs &amp; &lt;Co&gt;</title>')
    expect(page).not.toMatch(/(src|href)="?https?:/)
  })
})
