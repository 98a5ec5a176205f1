import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ADMIN_KEY, pidOf, startTestPlatform, type TestPlatform } from '../test-platform.js'
import { edge } from './edge-plugin.js'

let platform: TestPlatform
const patience = { timeout: 15_000, interval: 20 }
const authorization = `Bearer ${ADMIN_KEY}`
const get = (path: string, init: RequestInit = {}) =>
  fetch(`${platform.server.url}/plugins/edge${path}`, {
    redirect: 'manual',
    ...init,
    headers: { authorization, ...init.headers },
  })
const seen = () => platform.route<string[]>('GET', '/plugins/edge/seen')
/** Waits until the plugin runs again after a crash that a test caused. */
const isBack = () => vi.waitFor(seen, patience)

beforeAll(async () => {
  platform = await startTestPlatform({ pluginAnswerTimeout: 1_000 })
  await platform.run(edge)
})
afterAll(() => platform.close())

describe('a plugin that', () => {
  it('does not answer in time is 504, and learns that nobody waits any more', async () => {
    const answer = await get('/never')
    expect([answer.status, await answer.json()]).toEqual([
      504,
      expect.objectContaining({ detail: 'Plugin "edge" did not answer within 1 s' }),
    ])
    await vi.waitFor(async () => expect(await seen()).toContain('aborted'), patience)
  })

  // With such a query it goes the long way, through the app.
  it.each(['/stalls', '/stalls?a=[]'])('stops in the middle of a short answer is 504: %s', async (path) => {
    const answer = await get(path)
    expect([answer.status, await answer.json()]).toEqual([
      504,
      expect.objectContaining({ detail: 'Plugin "edge" did not answer within 1 s' }),
    ])
  })

  it('takes long for its health check is not ended for it', async () => {
    await platform.run({
      id: 'slow',
      code: `
        const start = Math.random()
        plugin.healthCheck('slow', () => new Promise((resolve) => setTimeout(resolve, 4_000)))
        plugin.route('/start', { methods: ['GET'] }, () => start)
        plugin.route('/never', { methods: ['GET'] }, () => new Promise(() => {}))
      `,
    })
    const start = await platform.route('GET', '/plugins/slow/start')
    await platform.route('GET', '/plugins/slow/never', undefined, 504)
    expect(await platform.route('GET', '/plugins/slow/start')).toBe(start)
  })

  it('is not waited for any more learns it by its signal', async () => {
    const before = (await seen()).filter((word) => word === 'aborted').length
    const gone = new AbortController()
    const answer = get('/never', { signal: gone.signal }).catch((error) => error.name)
    await vi.waitFor(async () => expect((await seen()).at(-1)).toBe('waiting'), patience)
    gone.abort()
    expect(await answer).toBe('AbortError')
    await vi.waitFor(
      async () => expect((await seen()).filter((word) => word === 'aborted')).toHaveLength(before + 1),
      patience,
    )
  })

  it('dies before it answers is 502', async () => {
    const answer = await get('/crash')
    expect([answer.status, await answer.json()]).toEqual([
      502,
      expect.objectContaining({ detail: 'Plugin "edge" broke off the connection' }),
    ])
    await isBack()
  })

  it('dies in the middle of a short answer is 502, and of a long one breaks it off', async () => {
    expect((await get('/half?length=100')).status).toBe(502)
    await isBack()
    const answer = await get('/half')
    expect(answer.status).toBe(200)
    await expect(answer.text()).rejects.toThrow(/terminated/)
    await isBack()
  })

  // Being enabled again also makes it forget the crashes above.
  it('is not enabled is 503 with a time to try again, and without a key still 401', async () => {
    await platform.api('POST', '/plugins/edge/disable')
    const answer = await get('/who')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect((await fetch(`${platform.server.url}/plugins/edge/who`)).status).toBe(401)
    await platform.api('POST', '/plugins/edge/enable')
    expect((await get('/who')).status).toBe(200)
  })

  it('was just killed is 502 or 503, and never anything else', async () => {
    process.kill(await pidOf(platform, 'edge'), 'SIGKILL')
    const statuses = new Set<number>()
    await vi.waitFor(async () => {
      const { status } = await get('/who')
      statuses.add(status)
      expect(status).toBe(200)
    }, patience)
    for (const status of statuses) expect([200, 502, 503]).toContain(status)
  })
})
