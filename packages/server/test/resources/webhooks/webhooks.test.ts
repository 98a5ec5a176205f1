import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Receiver, startReceiver } from './receiver.js'
import { createWebhookPlatform, type WebhookPlatform } from './webhook-platform.js'

type Delivery = {
  id: string
  status: string
  attempts: number
  status_code: number | null
  error: string | null
}
type Webhook = { id: string; secret: string; status: string; status_reason: string | null }

let platform: WebhookPlatform
let receiver: Receiver

beforeAll(async () => {
  receiver = await startReceiver()
  platform = await createWebhookPlatform({ timeout: 500 })
})
afterAll(async () => {
  await platform.close()
  await receiver.close()
})
afterEach(async () => {
  await platform.database.executeSql('delete from webhooks')
  // The directory learns of it as it would of a deletion by another node.
  await platform.call('DELETE', `/webhooks/${(await create('/none', ['x.y'])).id}`)
  await platform.database.executeSql('truncate devices cascade')
  receiver.requests.length = 0
  receiver.answers.clear()
  platform.filters = { apply: async ({ value }) => value }
  expect(platform.errors.splice(0)).toEqual([])
})

async function create(path: string, events: string[], more: Record<string, unknown> = {}): Promise<Webhook> {
  const url = `${receiver.url}${path}`
  const { status, body } = await platform.call<Webhook>('POST', '/webhooks', { url, events, ...more })
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}
const createDevice = (id: string, key?: string) =>
  platform.call('POST', '/devices', { id, name: id, type: 'pump' }, key)
const deliveriesOf = async ({ id }: Webhook, query = '') =>
  (await platform.call<{ deliveries: Delivery[] }>('GET', `/webhooks/${id}/deliveries${query}`)).body
    .deliveries
const events = async (name: string) =>
  (
    await platform.database.kysely.selectFrom('events').select('payload').where('name', '=', name).execute()
  ).map(({ payload }) => payload)
const received = (path: string) => receiver.requests.filter((request) => request.path === path)

describe('a delivery', () => {
  it('carries the event and is signed over exactly the bytes that were sent', async () => {
    const webhook = await create('/signed', ['device.created'], { secret: 'between us' })
    await platform.call('POST', '/devices', { id: 'd-1', name: 'Pumpe für Öl', type: 'pump' })
    await createDevice('d-2')
    await vi.waitFor(() => expect(received('/signed')).toHaveLength(2))
    const first = received('/signed').find(({ body }) => body.includes('Öl'))
    const body = JSON.parse(first?.body ?? '')
    expect(Object.keys(body)).toEqual(expect.arrayContaining(['event', 'timestamp', 'data']))
    expect(body).toMatchObject({ event: 'device.created', data: { device_data: { type: 'pump' } } })
    expect(new Date(body.timestamp).toISOString()).toBe(body.timestamp)
    const hmac = createHmac('sha256', 'between us')
      .update(first?.body ?? '', 'utf8')
      .digest('hex')
    expect(first?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-webhook-id': webhook.id,
      'x-webhook-event': 'device.created',
      'x-webhook-timestamp': body.timestamp,
      'x-webhook-signature': `sha256=${hmac}`,
    })
    await vi.waitFor(async () =>
      expect(await deliveriesOf(webhook)).toMatchObject([
        { event: 'device.created', status: 'delivered', attempts: 1, status_code: 200, error: null },
        { status: 'delivered' },
      ]),
    )
    expect(await events('webhook.triggered')).toContainEqual(
      expect.objectContaining({
        webhook_id: webhook.id,
        event: 'device.created',
        attempt: 1,
        status_code: 200,
      }),
    )
  })

  it('goes to the webhooks of the organization whose patterns match, and to no other', async () => {
    await create('/exact', ['device.created'])
    await create('/resource', ['device.*'])
    await create('/all', ['*'])
    await create('/alerts', ['alert.created'])
    await create('/disabled', ['device.created'], { status: 'disabled' })
    await createDevice('theirs', 'other')
    await createDevice('ours')
    const told = (path: string) => received(path).map(({ headers }) => headers['x-webhook-event'])
    await vi.waitFor(() =>
      expect(told('/all').filter((name) => name === 'webhook.triggered')).toHaveLength(2),
    )
    expect(told('/exact')).toEqual(['device.created'])
    expect(told('/resource')).toEqual(['device.created'])
    // It hears of the deliveries of others, never of its own, so nothing goes round in circles.
    expect(told('/all').filter((name) => name === 'device.created')).toHaveLength(1)
    expect([...received('/alerts'), ...received('/disabled')]).toEqual([])
  })

  it('is tried again by the schedule with the same bytes, then given up', async () => {
    receiver.answers.set('/broken', 500)
    const webhook = await create('/broken', ['device.created'])
    let asked = 0
    platform.filters = { apply: async ({ value }) => ({ ...value, asked: ++asked }) }
    await createDevice('d')
    await vi.waitFor(
      async () => expect(await deliveriesOf(webhook, '?status=failed')).toHaveLength(1),
      10_000,
    )
    const requests = received('/broken')
    expect(requests.map(({ headers }) => headers['x-webhook-attempt'])).toEqual(['1', '2', '3', '4', '5'])
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1)
    expect(new Set(requests.map(({ headers }) => headers['x-webhook-delivery'])).size).toBe(1)
    expect(await deliveriesOf(webhook)).toMatchObject([
      {
        attempts: 5,
        status_code: 500,
        error: 'The receiver answered 500, expected 2xx',
        next_attempt_at: null,
      },
    ])
    const failed = (await events('webhook.failed')).filter(({ webhook_id }) => webhook_id === webhook.id)
    expect(failed.map(({ attempt }) => attempt).toSorted()).toEqual([1, 2, 3, 4, 5])
  })

  it('is changed by the filter webhook.payload.process, except for what event it tells about', async () => {
    await create('/filtered', ['device.created'])
    platform.filters = {
      apply: async ({ filter, value }) =>
        filter === 'webhook.payload.process'
          ? { ...value, event: 'x.y', data: { short: true }, site: 'north' }
          : value,
    }
    await createDevice('d')
    await vi.waitFor(() => expect(received('/filtered')).toHaveLength(1))
    expect(JSON.parse(received('/filtered')[0]?.body ?? '')).toEqual({
      event: 'device.created',
      timestamp: expect.any(String),
      data: { short: true },
      site: 'north',
    })
  })

  it.each([
    ['a redirect', 302, 'The receiver answered 302, expected 2xx'],
    ['no answer in time', 'never', 'No answer within 500 ms'],
  ] as const)('fails on %s', async (_what, answer, error) => {
    receiver.answers.set('/poor', answer)
    const webhook = await create('/poor', ['device.created'])
    const { body } = await platform.call<Delivery>('POST', `/webhooks/${webhook.id}/test`)
    expect(body).toMatchObject({ status: 'failed', error })
    expect(received('/elsewhere')).toEqual([])
  })

  it('reads no more of an endless answer than it must', async () => {
    receiver.answers.set('/endless', 'endless')
    const webhook = await create('/endless', ['device.created'])
    const { body } = await platform.call<Delivery>('POST', `/webhooks/${webhook.id}/test`)
    expect(body).toMatchObject({ status: 'delivered', status_code: 200 })
  })

  it('does not wait for a receiver that is slow', async () => {
    receiver.answers.set('/slow', 'never')
    await create('/slow', ['device.created'])
    await create('/quick', ['device.created'])
    await Promise.all(Array.from({ length: 40 }, (_, index) => createDevice(`d-${index}`)))
    // On a busy machine one may seem late to the sender, who then repeats it.
    const told = (path: string) =>
      new Set(received(path).map(({ headers }) => headers['x-webhook-delivery'])).size
    await vi.waitFor(() => expect(told('/quick')).toBe(40), 15_000)
    // Otherwise the slow one would not have been in the way.
    expect(told('/slow')).toBeLessThan(40)
  })

  it('is gone with the transaction that it tells about', async () => {
    const webhook = await create('/atomic', ['device.created'])
    await createDevice('twice')
    expect((await createDevice('twice')).status).toBe(409)
    await vi.waitFor(() => expect(received('/atomic')).toHaveLength(1))
    expect(await deliveriesOf(webhook)).toHaveLength(1)
  })
})

describe('a webhook', () => {
  it('is disabled after deliveries that failed for good, says why, and starts afresh when enabled', async () => {
    receiver.answers.set('/down', 503)
    const webhook = await create('/down', ['device.created'])
    for (let index = 0; index < 5; index++) await createDevice(`d-${index}`)
    const read = async () => (await platform.call<Webhook>('GET', `/webhooks/${webhook.id}`)).body
    await vi.waitFor(async () => expect((await read()).status).toBe('disabled'), 15_000)
    expect((await read()).status_reason).toContain('5 deliveries in a row failed')
    expect(await events('webhook.failed')).toContainEqual(
      expect.objectContaining({ webhook_data: expect.objectContaining({ status: 'disabled' }) }),
    )
    const before = received('/down').length
    await createDevice('unheard')
    receiver.answers.clear()
    await platform.call('PATCH', `/webhooks/${webhook.id}`, { status: 'active' })
    expect(await read()).toMatchObject({ status: 'active', status_reason: null })
    await createDevice('heard')
    await vi.waitFor(() => expect(received('/down').length).toBe(before + 1))
  })

  it('signs with the former secret too while the receiver changes over', async () => {
    const webhook = await create('/rotated', ['device.created'], { secret: 'old' })
    const rotated = await platform.call<Webhook>('POST', `/webhooks/${webhook.id}/rotate-secret`)
    expect(rotated.body.secret).toMatch(/^whsec_.{43}$/)
    await createDevice('d')
    await vi.waitFor(() => expect(received('/rotated')).toHaveLength(1))
    const [first] = received('/rotated')
    const sign = (secret: string) =>
      `sha256=${createHmac('sha256', secret)
        .update(first?.body ?? '')
        .digest('hex')}`
    expect(first?.headers['x-webhook-signature']).toBe(sign(rotated.body.secret))
    expect(first?.headers['x-webhook-signature-former']).toBe(sign('old'))

    await platform.call('POST', `/webhooks/${webhook.id}/rotate-secret`, { secret: 'third', overlap: 0 })
    await platform.call('POST', `/webhooks/${webhook.id}/test`)
    expect(received('/rotated')[1]?.headers['x-webhook-signature-former']).toBeUndefined()
  })

  it('of another organization is not there', async () => {
    const { id } = await create('/hidden', ['device.created'])
    const paths = [
      ['GET', `/webhooks/${id}`],
      ['PATCH', `/webhooks/${id}`],
      ['DELETE', `/webhooks/${id}`],
      ['GET', `/webhooks/${id}/deliveries`],
      ['POST', `/webhooks/${id}/test`],
      ['POST', `/webhooks/${id}/rotate-secret`],
    ]
    for (const [method = '', path = ''] of paths) {
      const json = method === 'GET' || method === 'DELETE' ? undefined : {}
      expect((await platform.call(method, path, json, 'other')).status, `${method} ${path}`).toBe(404)
    }
  })

  it.each([
    [{ url: 'ftp://example.com', events: ['device.created'] }, '/url'],
    [{ url: 'https://me:hush@example.com', events: ['device.created'] }, '/url'],
    [{ url: 'https://example.com', events: ['device'] }, '/events/0'],
    [{ url: 'https://example.com', events: [] }, '/events'],
  ])('is refused when it is not one: %j', async (body, pointer) => {
    const answer = await platform.call('POST', '/webhooks', body)
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } })
  })

  it('of a plugin hears only what the plugin may read', async () => {
    platform.installations.set('oci_plugin', {
      kind: 'installation',
      id: 'i',
      plugin_id: 'relay',
      organization_id: 'default',
      permissions: new Set(['webhooks:write', 'devices:read']),
      label: 'relay',
    })
    const ask = (events: string[]) =>
      platform.call('POST', '/webhooks', { url: `${receiver.url}/p`, events }, 'oci_plugin')
    expect((await ask(['device.created'])).status).toBe(201)
    for (const events of [['user.created'], ['*']]) {
      expect(await ask(events)).toMatchObject({
        status: 403,
        body: { detail: expect.stringMatching(/:read/) },
      })
    }
  })
})
