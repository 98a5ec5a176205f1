import type { Contender } from './contender.js'

export interface RoundOptions {
  /** How often every contender has its turn. */
  readonly rounds: number
  /** How long a turn lasts, in milliseconds. */
  readonly turn: number
}

/**
 * Nanoseconds per call, by contender, one number per round. The contenders take short turns in changing order: what
 * else the machine is doing at the moment slows all of them alike, so the ratios of a round hold on a busy machine too.
 */
export async function measureRounds(
  contenders: readonly Contender[],
  { rounds, turn }: RoundOptions,
): Promise<number[][]> {
  const turns = []
  for (const contender of contenders)
    turns.push({ contender, calls: await calibrate(contender, turn), times: [] as number[] })
  for (let round = 0; round < rounds; round += 1) {
    const first = round % turns.length
    for (const { contender, calls, times } of [...turns.slice(first), ...turns.slice(0, first)]) {
      times.push((await timeOf(contender, calls)) / calls)
    }
  }
  return turns.map(({ times }) => times)
}

/** How many calls fill a turn; doing them warms the contender up. */
async function calibrate(contender: Contender, turn: number): Promise<number> {
  let calls = 1
  let warm = 0
  for (;;) {
    const milliseconds = (await timeOf(contender, calls)) / 1e6
    warm += milliseconds
    if (milliseconds < turn / 2) calls *= 2
    else if (warm >= turn * 4) return Math.max(1, Math.round((calls * turn) / milliseconds))
  }
}

async function timeOf({ run, isAwaited = true }: Contender, calls: number): Promise<number> {
  const start = process.hrtime.bigint()
  if (isAwaited) for (let call = 0; call < calls; call += 1) await run()
  else for (let call = 0; call < calls; call += 1) run()
  return Number(process.hrtime.bigint() - start)
}
