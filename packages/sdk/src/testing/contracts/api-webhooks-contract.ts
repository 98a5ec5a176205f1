import { type ApiTest, apiError } from './api-under-test.js'

const url = 'https://example.com/hook'

export function testWebhooks(test: ApiTest): void {
  test('a webhook needs a URL and events, and shows its secret once', async ({ api, expect }) => {
    const { secret, ...webhook } = await api.webhooks.create({ url, events: ['alert.created'] })
    expect(typeof secret).toBe('string')
    expect([webhook.url, webhook.events, webhook.status]).toEqual([url, ['alert.created'], 'active'])
    const read = await api.webhooks.get(webhook.id)
    expect([read.id, read.secret]).toEqual([webhook.id, undefined])
    expect((await apiError(api.webhooks.create({ url: 'nowhere', events: ['alert.created'] }))).status).toBe(
      422,
    )
    expect((await apiError(api.webhooks.create({ url, events: [] }))).status).toBe(422)
  })

  test('a webhook is changed, listed and deleted', async ({ api, expect, unique }) => {
    const { id } = await api.webhooks.create({ id: unique, url, events: ['device.*'] })
    const changed = await api.webhooks.update(id, { status: 'disabled' })
    expect([changed.status, changed.events]).toEqual(['disabled', ['device.*']])
    const ids: string[] = []
    for await (const webhook of api.webhooks.iterate({ status: 'disabled' })) ids.push(webhook.id)
    expect(ids).toContain(id)
    expect((await api.webhooks.deliveries(id)).deliveries).toEqual([])
    expect(await api.webhooks.delete(id)).toEqual({ status: 'deleted', id })
    expect((await apiError(api.webhooks.get(id))).status).toBe(404)
    expect((await apiError(api.webhooks.deliveries(id))).status).toBe(404)
  })
}
