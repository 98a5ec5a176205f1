import { describe, expect, it } from 'vitest'
import { currentTraceparent, withGivenTrace } from '../../src/tracing/current-trace.js'
import { formatTraceparent, parseTraceparent } from '../../src/tracing/traceparent.js'
import { withSpan } from '../../src/tracing/with-span.js'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

describe('a traceparent', () => {
  it('is read and written as W3C says', () => {
    const context = parseTraceparent(`00-${TRACE}-${SPAN}-03`)
    expect(context).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true })
    expect(context && formatTraceparent(context)).toBe(`00-${TRACE}-${SPAN}-01`)
    expect(parseTraceparent(`01-${TRACE}-${SPAN}-00-more`)?.traceFlags).toBe(0)
  })

  it.each([
    undefined,
    '',
    'x',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-01\r\nx: y`,
  ])('is ignored when it is %j', (text) => {
    expect(parseTraceparent(text)).toBeUndefined()
  })
})

describe('without a provider of OpenTelemetry', () => {
  it('what a caller sends is handed on, but not to work that is its own', async () => {
    const given = `00-${TRACE}-${SPAN}-01`
    await withGivenTrace(given, async () => {
      expect(await withSpan('inner', {}, async () => currentTraceparent())).toBe(given)
      expect(await withSpan('own', { causes: [given] }, async () => currentTraceparent())).toBeUndefined()
    })
    expect(currentTraceparent()).toBeUndefined()
  })

  it('work fails as it failed', async () => {
    const failing = withSpan('failing', {}, () => Promise.reject(new Error('it broke')))
    await expect(failing).rejects.toThrow('it broke')
  })
})
