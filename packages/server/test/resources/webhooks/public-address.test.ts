import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPublicAddress, type Lookup } from '../../../src/resources/webhooks/public-address.js'
import { createWebhookSender, type WebhookRequest } from '../../../src/resources/webhooks/webhook-sender.js'
import { type Receiver, startReceiver } from './receiver.js'
import { createWebhookPlatform, type WebhookPlatform } from './webhook-platform.js'

const PRIVATE = [
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '64:ff9b::7f00:1',
]

it.each(PRIVATE)('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})
it.each(['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

/** Answers each question with the next of these addresses. */
function lookupOf(...answers: string[][]): Lookup {
  let asked = 0
  return (_hostname, _options, callback) => {
    const addresses = (answers[asked++] ?? answers.at(-1) ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }))
    queueMicrotask(() => callback(null, addresses))
  }
}

describe('sending', () => {
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
  })
  afterAll(() => receiver.close())

  const delivery = (url: string): WebhookRequest => ({
    url,
    webhookId: 'w',
    deliveryId: 'd',
    event: 'x.y',
    timestamp: '2026-01-01T00:00:00.000Z',
    body: '{}',
    attempt: 1,
    secret: 's',
  })
  const send = async (url: string, lookup: Lookup) => {
    const sender = createWebhookSender({ allowPrivate: false, timeout: 2_000, lookup })
    try {
      return await sender.send(delivery(url), new AbortController().signal)
    } finally {
      await sender.close()
    }
  }

  it('refuses a name as soon as one of its addresses is private', async () => {
    const port = new URL(receiver.url).port
    for (const addresses of [['127.0.0.1'], ['93.184.215.14', '10.0.0.1']]) {
      const answer = await send(`http://rebind.example:${port}/x`, lookupOf(addresses))
      expect(answer).toEqual({ statusCode: null, error: expect.stringContaining('private network') })
    }
    expect(receiver.requests).toEqual([])
  })

  it.each(['127.0.0.1', '[::1]', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]'])(
    'refuses http://%s',
    async (host) => {
      const answer = await send(`http://${host}:${new URL(receiver.url).port}/x`, lookupOf(['93.184.215.14']))
      expect(answer.error).toContain('private network')
      expect(receiver.requests).toEqual([])
    },
  )

  it('asks for the address once, and connects to that one', async () => {
    let asked = 0
    const first = lookupOf(['93.184.215.14'], ['127.0.0.1'])
    const counting: Lookup = (...parameters) => {
      asked++
      first(...parameters)
    }
    await send(`http://rebind.example:${new URL(receiver.url).port}/x`, counting)
    expect(asked).toBe(1)
    expect(receiver.requests).toEqual([])
  })
})

describe('creating', () => {
  let platform: WebhookPlatform
  beforeAll(async () => {
    platform = await createWebhookPlatform({ allowPrivate: false, lookup: lookupOf(['10.0.0.7']) })
  })
  afterAll(() => platform.close())

  it.each(['http://127.0.0.1/x', 'http://[fd00::1]/', 'https://intranet.example/'])(
    'refuses %s',
    async (url) => {
      const { status, body } = await platform.call('POST', '/webhooks', { url, events: ['*'] })
      expect([status, body.errors]).toEqual([422, [{ pointer: '/url', detail: expect.any(String) }]])
      expect(JSON.stringify(body)).not.toContain('10.0.0.7')
    },
  )
})
