import type { Usual } from './baseline.js'

/** How far from its level a metric always may stray, however steady it was. */
export interface Tolerance {
  /** Smallest spread in the metric's own unit: what keeps a metric that was always 0 quiet. */
  minimumSpread: number
  /** Smallest spread as a share of the level. */
  relativeSpread: number
}

/** Scores of no use beyond this: a metric that was always 0 and is now a billion. */
const MAX_SCORE = 9_999

/** How many spreads a value is away from what is usual; 0 is exactly on the level. */
export function score(value: number, usual: Usual, tolerance: Tolerance): number {
  return Math.min(Math.abs(value - usual.level) / spreadOf(usual, tolerance), MAX_SCORE)
}

/** The spread that counts: the learnt one, unless it is too small to be taken seriously. */
export function spreadOf(
  { level, spread, floor }: Usual,
  { minimumSpread, relativeSpread }: Tolerance,
): number {
  return Math.max(spread, floor, minimumSpread, Math.abs(level) * relativeSpread)
}
