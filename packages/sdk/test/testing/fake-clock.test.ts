import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../src/testing/fake-clock.js'

describe('fake clock', () => {
  it('stands still until it is advanced', async () => {
    const clock = createFakeClock(new Date('2026-05-01T00:00:00Z'))
    expect(new Date(clock.now()).toISOString()).toBe('2026-05-01T00:00:00.000Z')
    await clock.advance('1h30m')
    expect(new Date(clock.now()).toISOString()).toBe('2026-05-01T01:30:00.000Z')
  })

  it('fires timers in their order, each at its own time, also those that timers set', async () => {
    const clock = createFakeClock(0)
    const fired: string[] = []
    const note = (name: string) => fired.push(`${name} ${clock.now()}`)
    clock.setTimeout(() => note('late'), 300)
    clock.setTimeout(() => {
      note('early')
      clock.setTimeout(() => note('nested'), 100)
    }, 100)
    clock.clearTimeout(clock.setTimeout(() => note('cleared'), 150))
    await clock.advance(250)
    expect(fired).toEqual(['early 100', 'nested 200'])
    await clock.advance(50)
    expect(fired).toEqual(['early 100', 'nested 200', 'late 300'])
  })

  it('lets promises settle between timers', async () => {
    const clock = createFakeClock(0)
    const order: string[] = []
    clock.setTimeout(async () => {
      await Promise.resolve()
      order.push('after first')
    }, 10)
    clock.setTimeout(() => order.push('second'), 20)
    await clock.advance(20)
    expect(order).toEqual(['after first', 'second'])
  })

  it('jumps without firing, as a suspended computer does', async () => {
    const clock = createFakeClock(0)
    let fired = false
    clock.setTimeout(() => {
      fired = true
    }, 1000)
    clock.jump(3_600_000)
    expect([clock.now(), fired]).toEqual([3_600_000, false])
    await clock.advance(1000)
    expect([clock.now(), fired]).toEqual([3_601_000, true])
  })
})
