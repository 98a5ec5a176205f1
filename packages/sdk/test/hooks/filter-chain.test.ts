import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HookFailure } from '../../src/hooks/event-hooks.js'
import { FilterChain } from '../../src/hooks/filter-chain.js'

interface Device {
  name: string
  tags: string[]
}

describe('FilterChain', () => {
  let failures: HookFailure[]
  let filters: FilterChain
  const name = 'device.data.process'

  beforeEach(() => {
    failures = []
    filters = new FilterChain((failure) => failures.push(failure))
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it('passes a value on by priority, lower first', async () => {
    filters.register(name, (value: string) => `${value}>late`, { priority: 20 })
    filters.register(name, async (value: string) => `${value}>early`, { priority: 1 })
    filters.register(name, (value: string) => `${value}>default`)
    filters.register('metrics.process', (value: string) => `${value}>other`)
    expect(await filters.apply(name, 'start')).toEqual({ value: 'start>early>default>late', errors: [] })
  })

  it('keeps the last good value when a filter returns nothing', async () => {
    filters.register(name, (value: number) => value + 1)
    filters.register(name, function forgetful() {})
    filters.register(name, (value: number) => value * 10)
    const report = await filters.apply(name, 1)
    expect(report.value).toBe(20)
    expect(report.errors).toMatchObject([
      { handler: 'forgetful', error: { code: 'filter_returned_nothing' } },
    ])
    expect(failures).toEqual(report.errors)
  })

  it('takes null, 0, false and the empty text for answers', async () => {
    for (const answer of [null, 0, false, '']) {
      const chain = new FilterChain(() => undefined)
      chain.register(name, () => answer)
      expect(await chain.apply<unknown>(name, 'before')).toEqual({ value: answer, errors: [] })
    }
  })

  it('undoes what a filter did to the value before it threw', async () => {
    const device: Device = { name: 'Pump', tags: ['a'] }
    filters.register(name, (value: Device) => {
      value.name = 'Broken'
      value.tags.push('b')
      throw new Error('half way')
    })
    filters.register(name, (value: Device) => ({ ...value, tags: [...value.tags, 'c'] }))
    const report = await filters.apply(name, device)
    expect(report.value).toEqual({ name: 'Pump', tags: ['a', 'c'] })
    expect(report.errors).toHaveLength(1)
  })

  it('never changes the value it was given', async () => {
    const device: Device = { name: 'Pump', tags: ['a'] }
    filters.register(name, (value: Device) => {
      value.tags.push('changed')
      return value
    })
    const { value } = await filters.apply(name, device)
    expect([device.tags, value.tags]).toEqual([['a'], ['a', 'changed']])
  })

  it('does not let a filter change the value after it has returned', async () => {
    let kept: Device | undefined
    filters.register(name, (value: Device) => {
      kept = value
      return value
    })
    filters.register(name, (value: Device) => {
      kept?.tags.push('sneaked in')
      return value
    })
    expect((await filters.apply<Device>(name, { name: 'Pump', tags: [] })).value.tags).toEqual([])
  })

  it('lets the value pass when a filter takes too long', async () => {
    vi.useFakeTimers()
    filters.register(name, () => new Promise(() => {}), { timeout: '2s', name: 'stuck' })
    filters.register(name, (value: number) => value + 1)
    const applied = filters.apply(name, 1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await applied).toMatchObject({
      value: 2,
      errors: [{ handler: 'stuck', error: { code: 'handler_timeout' } }],
    })
  })

  it('runs only the handlers that were asked for', async () => {
    filters.register(name, (value: string) => `${value}a`, { name: 'a' })
    filters.register(name, (value: string) => `${value}b`, { name: 'b' })
    expect((await filters.apply(name, '', ['b'])).value).toBe('b')
    expect((await filters.apply(name, '', [])).value).toBe('')
  })

  it('takes a snapshot: a filter registered meanwhile waits for the next value', async () => {
    filters.register(name, (value: number) => {
      filters.register(name, (next: number) => next + 100)
      return value + 1
    })
    expect((await filters.apply(name, 0)).value).toBe(1)
    expect((await filters.apply(name, 0)).value).toBe(101)
  })

  it('forgets a filter that was taken back', async () => {
    const off = filters.register(name, (value: number) => value + 1)
    off()
    expect(await filters.apply(name, 1)).toEqual({ value: 1, errors: [] })
  })

  it('refuses names that are none, handlers that are none, and priorities that are none', () => {
    expect(() => filters.register('device', (value) => value)).toThrow(/expected a name with a dot/)
    expect(() => filters.register('device.*', (value) => value)).toThrow(/expected a name with a dot/)
    expect(() => Reflect.apply(filters.register, filters, [name, undefined])).toThrow(
      /undefined: expected a function/,
    )
    expect(() => filters.register(name, (value) => value, { priority: Number.POSITIVE_INFINITY })).toThrow(
      /Infinity/,
    )
  })
})
