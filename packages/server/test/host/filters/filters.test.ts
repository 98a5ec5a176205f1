import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PluginSource } from '../build-plugin.js'
import { startTestPlatform, type TestPlatform } from '../test-platform.js'

/** Adds its name to the trace of a device, and misbehaves when the device says so. */
const marker = (id: string, priority: number): PluginSource => ({
  id,
  permissions: ['devices:read'],
  code: `
    plugin.filterHook('device.data.process', (device) => {
      const { trace = [], ...metadata } = device.metadata ?? {}
      if (metadata[plugin.metadata.id] === 'spoil') {
        device.name = 'spoilt'
        device.metadata.trace = ['spoilt']
        throw new Error('no thanks')
      }
      if (metadata[plugin.metadata.id] === 'nothing') return undefined
      if (metadata.slow) return new Promise(() => {})
      return { ...device, metadata: { ...metadata, trace: [...trace, plugin.metadata.id] } }
    }, { name: 'mark', priority: ${priority} })`,
})

interface Filter {
  handler: string
  priority: number
  asked: number
  skipped: number
  last_error: string | null
}

describe('filters of several plugins', () => {
  let platform: TestPlatform
  const create = async (metadata: object) => {
    const device = await platform.api('POST', '/devices', { name: 'Pump', type: 'pump', metadata }, 201)
    return device
  }
  const filterOf = async (id: string) => {
    const { filters } = await platform.api<{ filters: Filter[] }>('GET', `/plugins/${id}/filters`)
    return filters[0]
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.run(marker('third', 30))
    await platform.run(marker('first', -5))
    await platform.run(marker('second', 10))
    await platform.run(marker('also-second', 10))
  })
  afterAll(() => platform.close())

  it('are asked in the order of their priorities, the older installation first', async () => {
    expect((await create({})).metadata).toEqual({ trace: ['first', 'second', 'also-second', 'third'] })
  })

  it('leave the value as it was when they fail, whatever they did to it, and the next one goes on', async () => {
    const device = await create({ second: 'spoil', third: 'nothing' })
    expect(device).toMatchObject({ name: 'Pump', metadata: { trace: ['first', 'also-second'] } })
  })

  it('are counted, with the reason of the last one skipped', async () => {
    const before = await filterOf('second')
    await create({ second: 'spoil' })
    await create({})
    expect(await filterOf('second')).toMatchObject({
      handler: 'mark',
      priority: 10,
      asked: (before?.asked ?? 0) + 2,
      skipped: (before?.skipped ?? 0) + 1,
      last_error: 'no thanks',
    })
    expect(await filterOf('first')).toMatchObject({ skipped: 0, last_error: null })
  })

  it('that are all slow keep a request no longer than all of them may take together', {
    timeout: 30_000,
  }, async () => {
    const before = await filterOf('third')
    const started = performance.now()
    const device = await create({ slow: true })
    const took = performance.now() - started
    expect(device.metadata).toEqual({ slow: true })
    // Four of them, two seconds each: cut after four.
    expect(took).toBeGreaterThan(3_900)
    expect(took).toBeLessThan(7_500)
    expect(await filterOf('third')).toMatchObject({
      skipped: (before?.skipped ?? 0) + 1,
      last_error: expect.stringContaining('4000 ms that all filters'),
    })
  })
})
