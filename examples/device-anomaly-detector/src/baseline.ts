import { median, quantile } from './quantile.js'

/** Where a metric usually is, and how far it usually strays. */
export interface Usual {
  level: number
  spread: number
  /** Spread that the training found to be usual; the running estimate never counts for less. */
  floor: number
}

/** What is known about one metric of one device; plain data, kept in the plugin's storage. */
export interface Baseline extends Usual {
  /** Whether the warm-up is over and the metric is judged. */
  ready: boolean
  /** Readings to learn from: those of the warm-up, later the latest of an unusual stretch. */
  window: number[]
  /** Unusual readings in a row. */
  unusual: number
  /** Ordinary readings in a row during an incident. */
  calm: number
  /** Whether an incident is going on. */
  incident: boolean
  /** Where the metric was before it moved for good: returning there is no anomaly. */
  former?: Usual
}

export function newBaseline(): Baseline {
  return { level: 0, spread: 0, floor: 0, ready: false, window: [], unusual: 0, calm: 0, incident: false }
}

/** Makes the median absolute deviation comparable with a standard deviation. */
const MAD_TO_SIGMA = 1.4826
/** Of normally distributed readings, one in twenty strays further than this many spreads to one side. */
const P95_IN_SIGMA = 1.645
const MAX_BLOCKS = 10
const BLOCK_READINGS = 20

/** Level and spread by medians: neither half a minute of trouble nor single spikes change them. */
export function learnUsual(values: readonly number[]): Usual {
  const level = median(values)
  const spread = MAD_TO_SIGMA * median(values.map((value) => Math.abs(value - level)))
  return { level, spread, floor: 0 }
}

/**
 * As {@link learnUsual}, and also learns the excursions that come again and again, such as a job every minute:
 * those that most parts of the history have. An incident fills one part, or two, and teaches nothing.
 */
export function learnFromHistory(values: readonly number[]): Usual {
  const usual = learnUsual(values)
  const blocks = Math.min(Math.max(Math.floor(values.length / BLOCK_READINGS), 1), MAX_BLOCKS)
  const strays = Array.from({ length: blocks }, (_, index) => {
    const from = Math.floor((index * values.length) / blocks)
    const to = Math.floor(((index + 1) * values.length) / blocks)
    return quantile(
      values.slice(from, to).map((value) => Math.abs(value - usual.level)),
      0.95,
    )
  })
  return { ...usual, floor: median(strays) / P95_IN_SIGMA }
}
