import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PluginSource } from '../host/build-plugin.js'
import { startTestPlatform, type TestPlatform } from '../host/test-platform.js'

const EVENTS = 20_000

const stuck: PluginSource = {
  id: 'stuck',
  resources: { timeout: '5m' },
  code: `plugin.hook('flood.came', () => new Promise(() => {}), { name: 'wait' })`,
}
const quick: PluginSource = {
  id: 'quick',
  code: `
    const heard = []
    plugin.hook('probe.sent', (_payload, { event }) => { heard.push(event.event_id) })
    plugin.route('/heard', { methods: ['GET'] }, () => heard)`,
}

describe('a plugin that is stuck', () => {
  let platform: TestPlatform
  const patience = { timeout: 10_000, interval: 5 }

  /** Milliseconds until the quick plugin has heard an event. */
  const probe = async () => {
    const started = performance.now()
    const { event_id } = await platform.api<{ event_id: string }>('POST', '/events', {
      event: 'probe.sent',
      payload: {},
    })
    await vi.waitFor(async () => {
      expect(await platform.route<string[]>('GET', '/plugins/quick/heard')).toContain(event_id)
    }, patience)
    return performance.now() - started
  }
  const median = async (of: () => Promise<number>) => {
    const times: number[] = []
    for (let index = 0; index < 9; index += 1) times.push(await of())
    return times.toSorted((left, right) => left - right)[4] ?? 0
  }
  const waiting = async () => {
    const health = await platform.api<{ deliveries_waiting: number }>('GET', '/plugins/stuck/health')
    return health.deliveries_waiting
  }
  const heapUsed = () => {
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
    return process.memoryUsage().heapUsed
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.run(stuck)
    await platform.run(quick)
  })
  afterAll(() => platform.close())

  it(`with ${EVENTS} events waiting slows nobody else, takes no memory of the server, and shows its queue`, {
    timeout: 60_000,
  }, async () => {
    const before = await median(probe)
    const heapBefore = heapUsed()
    await platform.server.database.executeSql(
      `insert into events (event_id, organization_id, name, payload, occurred_at)
       select gen_random_uuid(), (select organization_id from installations limit 1), 'flood.came', '{}',
         '2026-01-27T10:30:45Z'::timestamptz + n * interval '1 millisecond'
       from generate_series(1, ${EVENTS}) as n`,
      [],
    )
    const range = { since: '2026-01-27T00:00:00Z', until: '2026-01-28T00:00:00Z' }
    let queued = 0
    let cursor: string | null = null
    do {
      const answer: { count: number; next_cursor: string | null } = await platform.api(
        'POST',
        '/plugins/stuck/replay',
        cursor === null ? range : { ...range, cursor },
        202,
      )
      queued += answer.count
      cursor = answer.next_cursor
    } while (cursor !== null)
    expect(queued).toBe(EVENTS)
    expect(await waiting()).toBeGreaterThan(EVENTS - 500)

    const during = await median(probe)
    // Generous, for machines that are busy otherwise: a queue in the way would cost seconds.
    expect(during).toBeLessThan(3 * before + 250)
    expect(heapUsed() - heapBefore).toBeLessThan(32 * 1_048_576)
    if (process.env.TEST_LOG) {
      const heap = Math.round((heapUsed() - heapBefore) / 1_024)
      process.stderr.write(`median ${before.toFixed(1)} ms, then ${during.toFixed(1)} ms; heap ${heap} kB\n`)
    }
  })
})
