import type { LaunchedPlugin } from '../running/launch-plugin.js'
import type { ProxyTarget } from './proxy-target.js'

/** A request that a plugin did not answer yet, or only in part. */
export interface WatchedRelay {
  readonly target: ProxyTarget
  /** When it was passed on, by `performance.now()`. */
  readonly started: number
  /** When its answer began, if that is read to its end before it is passed on. */
  readonly readingSince: number | undefined
  giveUp(): void
}

/** Milliseconds between looks; fewer, when answers have less time than that. */
const LOOK_MS = 1_000
const SHORTEST_LOOK_MS = 50
/** Milliseconds after which it is asked whether a plugin answers anything, and between two times. */
const SLOW_MS = 10_000

/**
 * Looks after all requests that are with a plugin. One that blocks is found long before its callers were kept waiting
 * for as long as a plugin may take, and a short answer that stops in the middle is given up.
 */
export class RelayWatch {
  readonly #answerTimeout: number
  readonly #onError: (error: unknown) => void
  readonly #open = new Set<WatchedRelay>()
  /** When each was asked last. */
  readonly #asked = new WeakMap<LaunchedPlugin, number>()
  readonly #timer: NodeJS.Timeout

  /** @param answerTimeout Milliseconds until a plugin must begin its answer, and then to end one that is short. */
  constructor(answerTimeout: number, onError: (error: unknown) => void) {
    this.#answerTimeout = answerTimeout
    this.#onError = onError
    this.#timer = setInterval(
      () => this.#look(),
      Math.max(SHORTEST_LOOK_MS, Math.min(LOOK_MS, answerTimeout)),
    ).unref()
  }

  add(relay: WatchedRelay): void {
    this.#open.add(relay)
  }

  delete(relay: WatchedRelay): void {
    this.#open.delete(relay)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    const slow = Math.min(SLOW_MS, this.#answerTimeout / 2)
    for (const relay of this.#open) {
      const { readingSince, started, target } = relay
      if (readingSince !== undefined) {
        if (now - readingSince > this.#answerTimeout) relay.giveUp()
      } else if (now - started > slow && now - (this.#asked.get(target.launched) ?? started) >= slow)
        this.#ask(target, now)
    }
  }

  /** A plugin that takes its time for a route answers the host all the same: only one that is stuck is ended. */
  #ask({ runner, launched }: ProxyTarget, now: number): void {
    this.#asked.set(launched, now)
    runner.suspect(launched).catch(this.#onError)
  }
}
