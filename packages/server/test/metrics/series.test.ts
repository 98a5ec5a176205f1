import { Counter, Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { DurationHistogram } from '../../src/metrics/duration-histogram.js'
import { SeriesCounter } from '../../src/metrics/series-counter.js'

const labels = ['plugin', 'kind']
const described = { name: 'calls', help: 'Calls of plugins' }

describe('metrics of which the series are kept', () => {
  it('show durations as prom-client would, at and between the bounds', async () => {
    const [theirs, ours] = [new Registry(), new Registry()]
    const buckets = [0.25, 0.5, 1]
    const expected = new Histogram({ ...described, labelNames: labels, buckets, registers: [theirs] })
    const histogram = new DurationHistogram({ ...described, labels, buckets, registry: ours })
    for (const [plugin, kind, milliseconds] of [
      ['a', 'task', 250],
      ['a', 'task', 251],
      ['a', 'filter', 0],
      ['b"\n\\', 'task', 1_000],
      ['a', 'task', 4_000],
    ] as const) {
      expected.observe({ plugin, kind }, milliseconds / 1_000)
      histogram.series.within(plugin)(kind).observe(milliseconds)
    }
    expect(sorted(await ours.metrics())).toEqual(sorted(await theirs.metrics()))
    expect(await ours.metrics()).toContain('calls_bucket{le="0.5",plugin="a",kind="task"} 2')
    expect(await ours.getMetricsAsJSON()).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'calls', type: 'histogram' })]),
    )
  })

  it('show counts as prom-client would', async () => {
    const [theirs, ours] = [new Registry(), new Registry()]
    const expected = new Counter({ ...described, labelNames: labels, registers: [theirs] })
    const counter = new SeriesCounter({ ...described, labels, registry: ours })
    for (const [plugin, kind, count] of [
      ['a', 'task', 1],
      ['a', 'task', 2],
      ['b"\n\\', 'filter', 7],
    ] as const) {
      expected.inc({ plugin, kind }, count)
      counter.series.within(plugin)(kind).add(count)
    }
    expect(sorted(await ours.metrics())).toEqual(sorted(await theirs.metrics()))
    expect(await ours.metrics()).toContain('calls{plugin="a",kind="task"} 3')
  })

  it('keep a series under the same labels, whoever asks for it', () => {
    const counter = new SeriesCounter({ ...described, labels, registry: new Registry() })
    expect(counter.series.within('a')('task')).toBe(counter.series.within('a')('task'))
    expect(counter.series.within('a')('task')).not.toBe(counter.series.within('b')('task'))
  })
})

function sorted(text: string): string[] {
  return text.split('\n').sort()
}
