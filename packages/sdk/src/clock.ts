/** What {@link Clock.setTimeout} returns, for {@link Clock.clearTimeout}. */
export type ClockTimer = number | NodeJS.Timeout

/** Time as the SDK sees it, so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
  /** Calls back once after `milliseconds`, at most 2^31 - 1. */
  setTimeout(callback: () => void, milliseconds: number): ClockTimer
  clearTimeout(timer: ClockTimer): void
}

/** The computer's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer),
}
