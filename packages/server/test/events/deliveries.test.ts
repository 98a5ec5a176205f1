import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PluginSource } from '../host/build-plugin.js'
import { startTestPlatform, type TestPlatform } from '../host/test-platform.js'

/** Keeps what its handlers heard; each fails as often as the payload says. */
const subject: PluginSource = {
  id: 'subject',
  hooks: [
    { event: 'policy.yaml', handler: 'fromYaml', retries: 0 },
    { event: 'policy.late', handler: 'late', retries: 0, timeout: '50ms' },
  ],
  code: `
    const calls = new Map()
    const hear = (name) => async ({ fail = {} }, { event }) => {
      const key = name + ' ' + event.event_id
      calls.set(key, (calls.get(key) ?? 0) + 1)
      await plugin.storage.update('heard', (heard = []) => [...heard, [name, event.event_id]])
      if (calls.get(key) <= (fail[name] ?? 0)) throw new Error(name + ' failed on purpose')
    }
    plugin.hook('order.placed', hear('bill'), { name: 'bill', retries: 1 })
    plugin.hook('order.placed', hear('ship'), { name: 'ship', retries: 1 })
    plugin.hook('policy.ignore', hear('ignoring'), { name: 'ignoring', onError: 'ignore' })
    plugin.hook('policy.yaml', hear('fromYaml'), { name: 'fromYaml' })
    plugin.hook('policy.late', () => new Promise(() => {}), { name: 'late' })
    plugin.hook('own.said', hear('own'), { name: 'own' })
    plugin.route('/say', { methods: ['POST'] }, () => plugin.emit('own.said', {}))
    plugin.route('/heard', { methods: ['GET'] }, () => plugin.storage.get('heard', []))
  `,
}

/** Stops at the first event it cannot handle. */
const strict: PluginSource = {
  id: 'strict',
  code: `
    plugin.hook('ledger.entry', async ({ bad }, { event }) => {
      if (bad && !(await plugin.storage.exists('mended'))) throw new Error('the books do not balance')
      await plugin.storage.update('booked', (ids = []) => [...ids, event.event_id])
    }, { name: 'book', retries: 0, onError: 'stop' })
    plugin.route('/booked', { methods: ['GET'] }, () => plugin.storage.get('booked', []))
    plugin.onEnable(() => plugin.storage.set('starts', 1))
  `,
}

interface Delivery {
  event_id: string
  status: string
  attempt: number
  failures: { handler: string; error: string }[]
}
interface Letter {
  id: string
  event_id: string
  handlers: string[]
  replayed_at: string | null
}

describe('deliveries', () => {
  let platform: TestPlatform
  const patience = { timeout: 15_000, interval: 50 }
  const say = async (event: string, payload: object = {}) => {
    const { event_id } = await platform.api<{ event_id: string }>('POST', '/events', { event, payload })
    return event_id
  }
  const heard = async (event_id?: string) => {
    const all = await platform.route<[string, string][]>('GET', '/plugins/subject/heard')
    return all.filter(([, id]) => event_id === undefined || id === event_id)
  }
  const deliveriesOf = async (event_id: string) => {
    const { deliveries } = await platform.api<{ deliveries: Delivery[] }>(
      'GET',
      '/plugins/subject/deliveries?page_size=1000',
    )
    return deliveries.filter((delivery) => delivery.event_id === event_id).toReversed()
  }
  const lettersOf = async (event_id: string) => {
    const { dead_letters } = await platform.api<{ dead_letters: Letter[] }>(
      'GET',
      '/events/dead-letters?page_size=1000',
    )
    return dead_letters.filter((letter) => letter.event_id === event_id)
  }
  const settled = async (event_id: string, count: number) =>
    vi.waitFor(async () => {
      const deliveries = await deliveriesOf(event_id)
      expect(deliveries).toHaveLength(count)
      return deliveries
    }, patience)

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.run(subject)
  })
  afterAll(() => platform.close())

  it('come in the order of the events, while nothing fails', async () => {
    const ids: string[] = []
    for (let index = 0; index < 40; index += 1) ids.push(await say('order.placed'))
    await vi.waitFor(async () => expect((await heard()).length).toBeGreaterThanOrEqual(80), patience)
    expect((await heard()).filter(([name]) => name === 'bill').map(([, id]) => id)).toEqual(ids)
  })

  it('are repeated only for the handlers that failed', async () => {
    const id = await say('order.placed', { fail: { ship: 1 } })
    const deliveries = await settled(id, 2)
    expect(deliveries.map(({ status }) => status)).toEqual(['retrying', 'delivered'])
    expect((await heard(id)).map(([name]) => name)).toEqual(['bill', 'ship', 'ship'])
  })

  it('of a hook that ignores failures leave a record, and neither a retry nor a dead letter', async () => {
    const id = await say('policy.ignore', { fail: { ignoring: 1 } })
    expect(await settled(id, 1)).toMatchObject([{ status: 'ignored', failures: [{ handler: 'ignoring' }] }])
    expect(await lettersOf(id)).toEqual([])
  })

  it('follow the retries and the timeout of plugin.yaml, where the code states none', async () => {
    const id = await say('policy.yaml', { fail: { fromYaml: 1 } })
    const late = await say('policy.late')
    expect(await settled(id, 1)).toMatchObject([{ status: 'dead', attempt: 1 }])
    expect(await settled(late, 1)).toMatchObject([
      { status: 'dead', failures: [{ error: expect.stringContaining('50 ms') }] },
    ])
  })

  it('that failed for good stop a plugin that says so; what comes next waits until it is enabled again', async () => {
    await platform.run(strict)
    const bad = await say('ledger.entry', { bad: true })
    await vi.waitFor(async () => {
      const { plugins } = await platform.api<{
        plugins: { plugin_id: string; state: string; reason: string }[]
      }>('GET', '/plugins/installed')
      expect(plugins.find(({ plugin_id }) => plugin_id === 'strict')).toMatchObject({
        state: 'error',
        reason: expect.stringContaining('the books do not balance'),
      })
    }, patience)
    const next = await say('ledger.entry')
    expect(await platform.api('GET', '/plugins/strict/health', undefined, 503)).toMatchObject({
      deliveries_waiting: 1,
    })
    await platform.api('POST', '/plugins/strict/enable')
    await vi.waitFor(async () => {
      expect(await platform.route('GET', '/plugins/strict/booked')).toEqual([next])
    }, patience)
    expect(await lettersOf(bad)).toMatchObject([{ handlers: ['book'] }])
  })

  describe('that became dead letters', () => {
    /** One event, dead for both handlers one after the other: two letters. */
    const twice = async () => {
      const id = await say('order.placed', { fail: { bill: 9, ship: 9 } })
      await vi.waitFor(async () => expect(await lettersOf(id)).toHaveLength(1), patience)
      return { id, letters: await lettersOf(id) }
    }

    it('are replayed by id, each as often as it is asked for', async () => {
      const { id, letters } = await twice()
      const [letter] = letters
      const ids = [letter?.id]
      const before = (await heard(id)).length
      const replay = () => platform.api('POST', '/events/dead-letters/replay', { ids }, 202)
      expect(await replay()).toEqual({ status: 'queued', count: 1, remaining: 0 })
      await replay()
      await vi.waitFor(async () => {
        // Two handlers, two replays, each with one retry.
        expect(await heard(id)).toHaveLength(before + 8)
      }, patience)
      expect((await lettersOf(id)).filter(({ replayed_at }) => replayed_at !== null)).toHaveLength(1)
    })

    it('are replayed by what they are about, those that were not yet', async () => {
      const id = await say('policy.yaml', { fail: { fromYaml: 1 } })
      await vi.waitFor(async () => expect(await lettersOf(id)).toHaveLength(1), patience)
      const answer = await platform.api<{ count: number }>(
        'POST',
        '/events/dead-letters/replay',
        { plugin_id: 'subject', event: 'policy.yaml' },
        202,
      )
      expect(answer).toEqual({ status: 'queued', count: 2, remaining: 0 })
      expect(await settled(id, 2)).toMatchObject([{ status: 'dead' }, { status: 'delivered' }])
      const again = { plugin_id: 'subject', event: 'policy.yaml' }
      expect(await platform.api('POST', '/events/dead-letters/replay', again, 202)).toMatchObject({
        count: 0,
      })
    })

    it('are not replayed at all when one id is unknown, or nothing is selected', async () => {
      const { letters } = await twice()
      const unknown = '01890000-0000-7000-8000-000000000000'
      const ids = [letters[0]?.id, unknown]
      const problem = await platform.api('POST', '/events/dead-letters/replay', { ids }, 404)
      expect(problem.detail).toContain(unknown)
      expect((await lettersOf(letters[0]?.event_id ?? ''))[0]?.replayed_at).toBeNull()
      await platform.api('POST', '/events/dead-letters/replay', {}, 422)
      await platform.api('POST', '/events/dead-letters/replay', { ids, event: 'a.b' }, 422)
    })
  })

  describe('of a time range, replayed', () => {
    it('come in their order, under the ids they have, but not what the plugin told itself', async () => {
      const since = new Date().toISOString()
      const ids: string[] = []
      for (let index = 0; index < 5; index += 1) ids.push(await say('order.placed'))
      await platform.route('POST', '/plugins/subject/say')
      await say('nobody.hears')
      await settled(ids.at(-1) ?? '', 1)
      const before = (await heard()).length
      const answer = await platform.api('POST', '/plugins/subject/replay', { since }, 202)
      expect(answer).toEqual({ status: 'queued', count: 5, next_cursor: null })
      await vi.waitFor(async () => expect(await heard()).toHaveLength(before + 10), patience)
      const again = (await heard()).slice(before)
      expect(again.filter(([name]) => name === 'bill').map(([, id]) => id)).toEqual(ids)
    })

    it('are only those of the events that were named', async () => {
      const since = new Date().toISOString()
      const id = await say('policy.ignore')
      await say('order.placed')
      const json = { since, events: ['policy.*'] }
      expect(await platform.api('POST', '/plugins/subject/replay', json, 202)).toMatchObject({ count: 1 })
      await settled(id, 2)
    })

    it('are refused for what cannot be', async () => {
      const since = new Date().toISOString()
      const path = '/plugins/subject/replay'
      await platform.api('POST', path, { since, until: '2020-01-01T00:00:00Z' }, 422)
      await platform.api('POST', path, { since: '2999-01-01T00:00:00Z' }, 422)
      await platform.api('POST', path, { since, cursor: 'nonsense' }, 422)
      const problem = await platform.api('POST', path, { since, events: ['nobody.hears'] }, 422)
      expect(problem.detail).toContain('nobody.hears')
      await platform.api('POST', '/plugins/absent/replay', { since }, 404)
      await platform.publish({ id: 'resting', code: '' })
      await platform.api('POST', '/plugins/install', { plugin_id: 'resting' })
      await platform.api('POST', '/plugins/resting/replay', { since }, 409)
    })

    it('are queued once for one Idempotency-Key', async () => {
      const since = new Date().toISOString()
      const id = await say('policy.ignore')
      const send = () =>
        fetch(`${platform.server.url}/api/v1/plugins/subject/replay`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${platform.server.adminKey.key}`,
            'content-type': 'application/json',
            'idempotency-key': 'replay-1',
          },
          body: JSON.stringify({ since, events: ['policy.ignore'] }),
        })
      const answers = [await send(), await send()]
      expect(answers.map(({ status }) => status)).toEqual([202, 202])
      expect(await answers[1]?.json()).toMatchObject({ count: 1 })
      await settled(id, 2)
      expect(await platform.api('GET', '/plugins/subject/health')).toMatchObject({ deliveries_waiting: 0 })
    })
  })
})
