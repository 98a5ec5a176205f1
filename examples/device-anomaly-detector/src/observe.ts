import { type Baseline, learnUsual, newBaseline } from './baseline.js'
import { score, spreadOf, type Tolerance } from './score.js'

/** When a reading counts, and for what; all counts are in readings. */
export interface DetectorSettings extends Tolerance {
  /** A reading further than this many spreads from the level is unusual. */
  threshold: number
  /** Readings that are learnt before anything is judged. */
  warmUp: number
  /** Unusual readings in a row that make an incident; ordinary ones in a row that end it. */
  sustained: number
  /** Unusual readings in a row after which the new level is the usual one. */
  adaptAfter: number
}

/** What one reading of one metric came to. */
export interface Observation {
  baseline: Baseline
  /** Distance from the level in spreads; 0 during the warm-up. */
  score: number
  /** Whether this reading begins an incident. */
  begins: boolean
}

/** Weight of one ordinary reading: the level forgets within some 20 readings, the spread within some 100. */
const LEVEL_WEIGHT = 0.05
const SPREAD_WEIGHT = 0.01
/** A reading further out than this many spreads teaches no more than one at this distance (Huber). */
const CLIP = 2.5
/** What clipping leaves of the variance of normally distributed readings. */
const CLIPPED_VARIANCE = 0.9776
/** The latest readings of an unusual stretch from which a new level is learnt. */
const MAX_WINDOW = 60

/** Judges one reading of a metric by its baseline and learns from it; the baseline given stays as it was. */
export function observe(baseline: Baseline, value: number, settings: DetectorSettings): Observation {
  if (!baseline.ready) return { baseline: warmUp(baseline, value, settings), score: 0, begins: false }
  const current = returnsToFormer(baseline, value, settings) ? { ...baseline, ...baseline.former } : baseline
  const distance = score(value, current, settings)
  if (distance <= settings.threshold) {
    return { baseline: learnOrdinary(current, value, settings), score: distance, begins: false }
  }
  const unusual = learnUnusual(current, value, settings)
  return { baseline: unusual, score: distance, begins: unusual.incident && !current.incident }
}

function warmUp(baseline: Baseline, value: number, { warmUp }: DetectorSettings): Baseline {
  const window = [...baseline.window, value]
  if (window.length < warmUp) return { ...baseline, window }
  return { ...baseline, ...learnUsual(window), ready: true, window: [] }
}

function returnsToFormer(
  { former, ...present }: Baseline,
  value: number,
  settings: DetectorSettings,
): boolean {
  if (!former) return false
  const distance = score(value, former, settings)
  return distance <= settings.threshold && distance < score(value, present, settings)
}

function learnOrdinary(baseline: Baseline, value: number, settings: DetectorSettings): Baseline {
  const reach = CLIP * spreadOf(baseline, settings)
  const step = Math.max(-reach, Math.min(value - baseline.level, reach))
  const variance = baseline.spread ** 2
  const calm = baseline.incident ? baseline.calm + 1 : 0
  const incident = baseline.incident && calm < settings.sustained
  return {
    ...baseline,
    level: baseline.level + LEVEL_WEIGHT * step,
    spread: Math.sqrt(variance + SPREAD_WEIGHT * (step ** 2 / CLIPPED_VARIANCE - variance)),
    unusual: 0,
    window: [],
    calm: incident ? calm : 0,
    incident,
  }
}

/** Unusual readings do not move the baseline, or a long incident would hide itself; only a lasting new level does. */
function learnUnusual(baseline: Baseline, value: number, settings: DetectorSettings): Baseline {
  const unusual = baseline.unusual + 1
  const window = [...baseline.window, value].slice(-MAX_WINDOW)
  if (unusual >= settings.adaptAfter) {
    const { level, spread, floor } = baseline
    const former = { level, spread, floor }
    return { ...newBaseline(), ...learnUsual(window), ready: true, former }
  }
  return {
    ...baseline,
    unusual,
    window,
    calm: 0,
    incident: baseline.incident || unusual >= settings.sustained,
  }
}
