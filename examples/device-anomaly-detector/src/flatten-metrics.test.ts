import { expect, it } from 'vitest'
import { flattenMetrics } from './flatten-metrics.js'

it('names the numbers of nested groups, and leaves the rest out', () => {
  const metrics = { cpu: 12, disk: { root: { used: 80 }, path: '/' }, ok: true, cores: [1, 2], none: null }
  expect([...flattenMetrics(metrics)]).toEqual([
    ['cpu', 12],
    ['disk.root.used', 80],
  ])
})

it('leaves out what no calculation survives', () => {
  expect([...flattenMetrics({ a: Number.NaN, b: Infinity, c: -Infinity, d: 1e200, e: -1 })]).toEqual([
    ['e', -1],
  ])
})

it('leaves out metrics and groups that are to be ignored', () => {
  const metrics = { network: { rx: 1, tx: 2 }, disk: { used: 3, free: 4 } }
  expect([...flattenMetrics(metrics, ['network', 'disk.free'])]).toEqual([['disk.used', 3]])
})

it('takes names as they are, also those every object knows', () => {
  const metrics = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}')
  expect([...flattenMetrics(metrics).keys()]).toEqual(['__proto__', 'constructor', 'toString'])
})

it('takes no more than 200 numbers, and none that lie too deep', () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`m${index}`, index]))
  expect(flattenMetrics(many).size).toBe(200)
  const deep = JSON.parse(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`)
  expect(flattenMetrics(deep).size).toBe(0)
})

it('finds nothing in what is no group of metrics', () => {
  for (const metrics of [null, undefined, 5, 'text', [1, 2]]) expect(flattenMetrics(metrics).size).toBe(0)
})
