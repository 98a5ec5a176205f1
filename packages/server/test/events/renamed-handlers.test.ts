import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PluginSource } from '../host/build-plugin.js'
import { startTestPlatform, type TestPlatform } from '../host/test-platform.js'

const clerk = (version: string, code: string): PluginSource => ({ id: 'clerk', version, code })

interface Letter {
  id: string
  event: string
  handlers: string[]
  error: string
  replayed_at: string | null
}

describe('a dead letter of a handler that the next version has no more', () => {
  let platform: TestPlatform
  const patience = { timeout: 15_000, interval: 50 }
  const letters = async () => {
    const { dead_letters } = await platform.api<{ dead_letters: Letter[] }>('GET', '/events/dead-letters')
    return dead_letters
  }
  const replayed = async (letter: Letter | undefined) => {
    const before = await letters()
    await platform.api('POST', `/events/dead-letters/${letter?.id}/replay`)
    return vi.waitFor(async () => {
      const after = (await letters()).filter(({ id }) => !before.some((other) => other.id === id))
      expect(after).toHaveLength(1)
      return after[0]
    }, patience)
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
    const fails = '() => { throw new Error("out of ink") }'
    await platform.run(clerk('1.0.0', `plugin.hook('order.placed', ${fails}, { name: 'bill', retries: 0 })`))
    await platform.api('POST', '/events', { event: 'order.placed', payload: {} })
    await vi.waitFor(async () => expect(await letters()).toHaveLength(1), patience)
    await platform.publish(clerk('2.0.0', `plugin.hook('order.placed', () => {}, { name: 'invoice' })`))
    await platform.publish(clerk('3.0.0', `plugin.hook('order.gone', () => {}, { name: 'bill' })`))
  })
  afterAll(() => platform.close())

  it('stays one when it is replayed, and says why', async () => {
    await platform.api('POST', '/plugins/clerk/update', { version: '2.0.0' })
    const [letter] = await letters()
    expect(await replayed(letter)).toMatchObject({
      event: 'order.placed',
      handlers: ['bill'],
      error: 'bill: Handler "bill" of order.placed does not exist in version 2.0.0',
      replayed_at: null,
    })
    const { deliveries } = await platform.api<{ deliveries: object[] }>('GET', '/plugins/clerk/deliveries')
    expect(deliveries[0]).toMatchObject({ status: 'dead', handlers: [] })
  })

  it('stays one as well where a handler of that name hears something else', async () => {
    await platform.api('POST', '/plugins/clerk/update', { version: '3.0.0' })
    const letter = (await letters()).find(({ replayed_at }) => replayed_at === null)
    expect(await replayed(letter)).toMatchObject({
      error: 'bill: Handler "bill" of order.placed does not exist in version 3.0.0',
    })
  })
})
