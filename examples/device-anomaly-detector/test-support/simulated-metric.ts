/** Shapes of ordinary readings, from well-behaved to nasty. */
export type NoiseShape = keyof typeof shapes

/** Reproducible random numbers from 0 to 1 (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Readings of one metric, one a second: a level, a spread and a noise of the given shape. */
export function* simulatedMetric(shape: NoiseShape, seed: number): Generator<number, never> {
  const random = seededRandom(seed)
  const level = 5 + random() * 80
  const spread = 0.2 + random() * 6
  const noise = shapes[shape](random)
  for (let second = 0; ; second += 1) yield Math.max(0, level + spread * noise(second))
}

type Noise = (second: number) => number

const shapes = {
  steady: () => () => 0,
  uniform: (random) => () => (random() - 0.5) * 3.5,
  normal: (random) => () => normal(random),
  /** Student's t with 3 degrees of freedom: single readings far out, often. */
  heavyTailed: (random) => () => {
    const chi = normal(random) ** 2 + normal(random) ** 2 + normal(random) ** 2
    return normal(random) / Math.sqrt(chi / 3)
  },
  /** One reading in twenty is a spike. */
  spiky: (random) => () => normal(random) + (random() < 0.05 ? 8 + random() * 20 : 0),
  skewed: (random) => () => Math.exp(normal(random) * 0.8) - 1,
  /** Each reading remembers the one before, as a load average does. */
  sluggish: (random) => {
    let state = normal(random)
    return () => {
      state = 0.95 * state + Math.sqrt(1 - 0.95 ** 2) * normal(random)
      return state
    }
  },
  drifting: (random) => {
    const slope = (random() - 0.5) * 0.02
    return (second) => normal(random) + slope * second
  },
  dailyCycle: (random) => {
    const phase = random() * 86_400
    return (second) => normal(random) * 0.5 + 8 * Math.sin((2 * Math.PI * (second + phase)) / 86_400)
  },
} satisfies Record<string, (random: () => number) => Noise>

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
