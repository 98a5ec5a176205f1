import type { Contender } from './contender.js'
import { measureRounds, type RoundOptions } from './measure-rounds.js'
import { median, quantile } from './quantile.js'

/** Something that should be reached: `ours` at least `atLeast` times as fast as `theirs`. */
export interface Aim {
  readonly ours: string
  readonly theirs: string
  readonly atLeast: number
}

/** How many times as fast one of ours is as another: the median of the rounds, and the middle eighty per cent. */
export interface Ratio {
  readonly median: number
  readonly low: number
  readonly high: number
}

export interface ComparedRow {
  readonly name: string
  /** Median, in nanoseconds per call. */
  readonly time: number
  /** By the name of ours; empty for ours themselves. */
  readonly ratios: ReadonlyMap<string, Ratio>
}

/** What the numbers of a comparison are, when they are not times of a call; smaller is better. */
export interface Quantity {
  /** The head of their column. */
  readonly title: string
  /** What a ratio above 1 is: `as fast`, `as small`. */
  readonly better: string
  readonly text: (value: number) => string
}

/** The outcome of one comparison, as a table shows it. */
export interface Comparison {
  readonly title: string
  readonly ours: readonly string[]
  readonly rows: readonly ComparedRow[]
  readonly aims: readonly Aim[]
  readonly quantity?: Quantity
}

export interface Job {
  readonly title: string
  readonly contenders: readonly Contender[]
  readonly aims?: readonly Aim[]
}

/** Measures the contenders of a job in turns and compares each with ours. */
export async function compare(
  { title, contenders, aims = [] }: Job,
  options: RoundOptions,
): Promise<Comparison> {
  const times = await measureRounds(contenders, options)
  return compareTimes(
    title,
    contenders.map(({ name, isOurs = false }, index) => ({ name, isOurs, times: times[index] ?? [] })),
    aims,
  )
}

/** As {@link compare}, with times measured elsewhere: nanoseconds per call, one number per round. */
export function compareTimes(
  title: string,
  measured: readonly { readonly name: string; readonly isOurs: boolean; readonly times: readonly number[] }[],
  aims: readonly Aim[],
): Comparison {
  const ours = measured.filter(({ isOurs }) => isOurs)
  return {
    title,
    ours: ours.map(({ name }) => name),
    aims,
    rows: measured.map(({ name, isOurs, times }) => ({
      name,
      time: median(times),
      ratios: new Map(isOurs ? [] : ours.map((own) => [own.name, ratioOf(times, own.times)])),
    })),
  }
}

function ratioOf(theirs: readonly number[], ours: readonly number[]): Ratio {
  const ratios = theirs.map((time, round) => time / (ours[round] ?? Number.NaN))
  return { median: median(ratios), low: quantile(ratios, 0.1), high: quantile(ratios, 0.9) }
}
