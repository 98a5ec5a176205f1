import { describe, expect, it } from 'vitest'
import { type NoiseShape, simulatedMetric } from '../test-support/simulated-metric.js'
import { type Baseline, newBaseline } from './baseline.js'
import { type DetectorSettings, observe } from './observe.js'

const settings: DetectorSettings = {
  threshold: 5,
  warmUp: 45,
  sustained: 5,
  adaptAfter: 300,
  minimumSpread: 0.5,
  relativeSpread: 0.05,
}

/** Feeds values to a metric and tells where its incidents begin. */
function feed(values: Iterable<number>, from: Baseline = newBaseline()) {
  const incidents: number[] = []
  let baseline = from
  let index = 0
  for (const value of values) {
    const observation = observe(baseline, value, settings)
    baseline = observation.baseline
    if (observation.begins) incidents.push(index)
    index += 1
  }
  return { baseline, incidents }
}

function* take(count: number, values: Iterable<number>): Generator<number> {
  let taken = 0
  for (const value of values) {
    if (taken === count) return
    taken += 1
    yield value
  }
}

const repeat = (count: number, value: number): number[] => Array<number>(count).fill(value)

const SHAPES = [
  'steady',
  'uniform',
  'normal',
  'heavyTailed',
  'spiky',
  'skewed',
  'sluggish',
  'drifting',
  'dailyCycle',
] as const satisfies readonly NoiseShape[]

/** All but the one whose readings resemble each other so much that a minute shows little of its range. */
const LIVELY = SHAPES.filter((shape) => shape !== 'sluggish')

/** Share of metrics with an incident although nothing happened. */
function falseAlarms(shape: NoiseShape, metrics: number, readings: number): number {
  let alarmed = 0
  for (let seed = 1; seed <= metrics; seed += 1) {
    if (feed(take(readings, simulatedMetric(shape, seed))).incidents.length > 0) alarmed += 1
  }
  return alarmed / metrics
}

describe('ordinary readings', () => {
  it.each(LIVELY)('raise nothing in 60 readings of 1,000 %s metrics', (shape) => {
    expect(falseAlarms(shape, 1_000, 60)).toBe(0)
  })

  it('raise next to nothing where each reading resembles the one before', () => {
    expect(falseAlarms('sluggish', 1_000, 60)).toBeLessThanOrEqual(0.003)
  })

  it.each(LIVELY)('raise nothing in 20 minutes of 50 %s metrics', (shape) => {
    expect(falseAlarms(shape, 50, 1_200)).toBe(0)
  })

  it('raise nothing where nothing ever changes, at 0 or at 95', () => {
    for (const level of [0, 95]) expect(feed(repeat(500, level)).incidents).toEqual([])
  })

  it('raise nothing where a metric that was always 0 comes to life by a little', () => {
    expect(feed([...repeat(60, 0), ...take(60, simulatedTrickle())]).incidents).toEqual([])
  })
})

function* simulatedTrickle(): Generator<number> {
  for (let index = 0; ; index += 1) yield index % 3
}

describe('a jump', () => {
  it.each(LIVELY)('after 60 readings is found in 200 of 200 %s metrics, once', (shape) => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const values = [...take(90, simulatedMetric(shape, seed))]
      const before = values.slice(0, 60)
      const { level, spread } = feed(before).baseline
      const reach = 10 * Math.max(spread, settings.minimumSpread, Math.abs(level) * settings.relativeSpread)
      const after = values.slice(60).map((value) => value + reach)
      const { incidents } = feed([...before, ...after])
      expect(incidents.filter((index) => index >= 60)).toHaveLength(1)
    }
  })

  it('counts from the fifth unusual reading in a row', () => {
    expect(feed([...repeat(60, 20), ...repeat(4, 90), 20, ...repeat(4, 90)]).incidents).toEqual([])
    expect(feed([...repeat(60, 20), ...repeat(30, 90)]).incidents).toEqual([64])
  })

  it('does not move the baseline by which it is judged', () => {
    const { baseline } = feed([...repeat(60, 20), ...repeat(200, 90)])
    expect(baseline).toMatchObject({ level: 20, incident: true })
  })

  it('is over after five ordinary readings', () => {
    const during = [...repeat(60, 20), ...repeat(20, 90)]
    expect(feed([...during, ...repeat(4, 20)]).baseline.incident).toBe(true)
    expect(feed([...during, ...repeat(5, 20)]).baseline.incident).toBe(false)
  })

  it('downwards is found too', () => {
    expect(feed([...repeat(60, 90), ...repeat(10, 5)]).incidents).toEqual([64])
  })
})

describe('a lasting new level', () => {
  it('becomes the usual one', () => {
    const { baseline, incidents } = feed([...repeat(60, 20), ...repeat(300, 90)])
    expect(baseline).toMatchObject({ level: 90, incident: false, former: { level: 20 } })
    expect(incidents).toHaveLength(1)
    expect(feed(repeat(200, 90), baseline).incidents).toEqual([])
    expect(feed(repeat(10, 150), baseline).incidents).toHaveLength(1)
  })

  it('is forgotten when the metric returns to the one before', () => {
    const { baseline } = feed([...repeat(60, 20), ...repeat(300, 90)])
    const back = feed(repeat(20, 20), baseline)
    expect(back.incidents).toEqual([])
    expect(back.baseline.level).toBeCloseTo(20)
    expect(feed(repeat(10, 90), back.baseline).incidents).toHaveLength(1)
  })

  it('is followed without an incident when it comes slowly', () => {
    const ramp = Array.from({ length: 2_000 }, (_, second) => 20 + second * 0.03)
    const { baseline, incidents } = feed(ramp)
    expect(incidents).toEqual([])
    expect(baseline.level).toBeCloseTo(80, -1)
  })
})

it('leaves the baseline it is given as it was', () => {
  const { baseline } = feed(repeat(60, 20))
  const before = structuredClone(baseline)
  observe(baseline, 90, settings)
  expect(baseline).toEqual(before)
})
