import { describe, expect, it } from 'vitest'
import { seededRandom } from '../test-support/simulated-metric.js'
import { learnFromHistory, learnUsual } from './baseline.js'
import { score } from './score.js'

const tolerance = { minimumSpread: 0.5, relativeSpread: 0.05 }

function noisy(count: number, level: number, seed = 1): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => level + 4 * (random() - 0.5))
}

describe('learnUsual', () => {
  it('finds level and spread of readings of which nearly half are wild', () => {
    const values = noisy(100, 20).map((value, index) => (index % 5 < 2 ? 1_000 : value))
    const { level, spread } = learnUsual(values)
    expect(level).toBeGreaterThan(19)
    expect(level).toBeLessThan(22)
    expect(spread).toBeLessThan(5)
  })

  it('makes the spread comparable with a standard deviation', () => {
    const random = seededRandom(1)
    // The sum of twelve random numbers is all but normally distributed, with a standard deviation of 1.
    const values = Array.from({ length: 5_000 }, () =>
      Array.from({ length: 12 }, random).reduce((a, b) => a + b),
    )
    expect(learnUsual(values).spread).toBeCloseTo(1, 1)
  })
})

describe('learnFromHistory', () => {
  it('takes a burst every minute as usual', () => {
    const values = noisy(2_000, 10).map((value, second) => (second % 60 < 6 ? 80 : value))
    expect(score(80, learnFromHistory(values), tolerance)).toBeLessThan(3)
    expect(score(80, learnUsual(values), tolerance)).toBeGreaterThan(20)
  })

  it('does not take a single incident of minutes as usual', () => {
    const values = noisy(2_000, 10).map((value, second) => (second >= 700 && second < 1_000 ? 95 : value))
    expect(score(95, learnFromHistory(values), tolerance)).toBeGreaterThan(20)
  })

  it('stays close to the plain estimate where readings are well-behaved', () => {
    const values = noisy(1_000, 50)
    const usual = learnFromHistory(values)
    expect(usual.level).toBeCloseTo(50, 0)
    expect(usual.floor).toBeLessThan(1.5 * usual.spread)
  })
})
