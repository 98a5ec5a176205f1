import { AsyncLocalStorage } from 'node:async_hooks'
import { OpsError } from '../errors.js'

interface Hold {
  /** Undefined for a hold on every key. */
  readonly key: string | undefined
  readonly outer: Hold | undefined
  active: boolean
}

/** Runs the jobs of one key one after another, in the order they were asked for; jobs of different keys side by side. */
export class KeyLock {
  readonly #tails = new Map<string, Promise<unknown>>()
  readonly #holds = new AsyncLocalStorage<Hold>()
  #barrier: Promise<unknown> = Promise.resolve()

  /** @throws OpsError `storage_deadlock` from inside a job of the same key, which would wait for itself for ever. */
  run<T>(key: string, job: () => Promise<T>): Promise<T> {
    this.#refuseIf(this.#inside(key), key)
    const result = (this.#tails.get(key) ?? this.#barrier).then(() => this.#hold(key, job))
    const tail = settled(result).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    })
    this.#tails.set(key, tail)
    return result
  }

  /** Runs a job that concerns every key: after all earlier jobs, before all later ones. */
  runAlone<T>(job: () => Promise<T>): Promise<T> {
    this.#refuseIf(this.#inside(), '*')
    const result = this.#all().then(() => this.#hold(undefined, job))
    this.#tails.clear()
    this.#barrier = settled(result)
    return result
  }

  /** Waits for the jobs of a key (or of all) asked for so far; not from inside a job, which sees what is there. */
  async idle(key?: string): Promise<void> {
    if (this.#inside(key)) return
    if (key === undefined) await this.#all()
    else await (this.#tails.get(key) ?? this.#barrier)
  }

  #all(): Promise<unknown> {
    return Promise.all([this.#barrier, ...this.#tails.values()])
  }

  async #hold<T>(key: string | undefined, job: () => Promise<T>): Promise<T> {
    const hold: Hold = { key, outer: this.#holds.getStore(), active: true }
    try {
      return await this.#holds.run(hold, job)
    } finally {
      hold.active = false
    }
  }

  #inside(key?: string): boolean {
    for (let hold = this.#holds.getStore(); hold !== undefined; hold = hold.outer) {
      if (hold.active && (key === undefined || hold.key === undefined || hold.key === key)) return true
    }
    return false
  }

  #refuseIf(deadlock: boolean, key: string): void {
    if (!deadlock) return
    throw new OpsError(
      'storage_deadlock',
      `the function given to update() may not write ${JSON.stringify(key)} itself: return the new value instead`,
    )
  }
}

function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch(() => undefined)
}
