import { CALLER_HEADER, signCaller } from '@ops-center/plugin-sdk/protocol'
import { HttpProblem } from '../../http/http-problem.js'
import { traceHeader } from '../../tracing/current-trace.js'
import { failSpan, isTraced, type OpenSpan, openSpan } from '../../tracing/with-span.js'
import { spanAttributes } from '../installations/installation.js'
import { callerOf } from './caller-of.js'
import type { ProxyTarget } from './proxy-target.js'
import type { RelayWatch, WatchedRelay } from './relay-watch.js'

/** The status of a request whose caller went away: nobody is left to read another. */
export const CALLER_GONE = 499

/** What a plugin that does not begin its answer in time is refused with, as undici calls it. */
export class LateError extends Error {
  override readonly name = 'HeadersTimeoutError'
}

/** An answer that is read to its end before it is passed on. */
export interface HeldAnswer {
  /** Breaks it off. */
  abort(reason: Error): void
}

/** A request that is passed on to a plugin: its span, and its place in the plugin's figures. */
export class Relay implements WatchedRelay {
  readonly target: ProxyTarget
  readonly started = performance.now()
  readonly #watch: RelayWatch
  readonly #span: OpenSpan | undefined
  #held: HeldAnswer | undefined
  #readingSince: number | undefined

  constructor(target: ProxyTarget, watch: RelayWatch) {
    this.target = target
    this.#watch = watch
    this.#span = isTraced()
      ? openSpan('plugin.request', { kind: 'client', attributes: spanAttributes(target.installation) })
      : undefined
    watch.add(this)
  }

  get readingSince(): number | undefined {
    return this.#readingSince
  }

  /** Does what passes it on. */
  run<Result>(work: () => Result): Result {
    return this.#span ? this.#span.run(work) : work()
  }

  /** Its answer began, and is read to its end first: it gets as long again for that. */
  reads(answer: HeldAnswer): void {
    this.#held = answer
    this.#readingSince = performance.now()
  }

  giveUp(): void {
    this.#held?.abort(new LateError())
  }

  /** To be called once, with the status that was answered. */
  end(status: number): void {
    this.#watch.delete(this)
    this.target.runner.metrics.proxied(status, performance.now() - this.started)
    this.#span?.span.end()
  }

  /**
   * The other end: 502 when the plugin broke off, 504 when it is late, or what was thrown as a problem.
   *
   * @param answerTimeout Milliseconds that the plugin had to begin its answer.
   */
  async fail(cause: unknown, answerTimeout: number): Promise<HttpProblem> {
    let status = 500
    try {
      const problem =
        cause instanceof HttpProblem ? cause : await problemOf(cause, this.target, answerTimeout)
      status = problem.status
      return problem
    } finally {
      if (this.#span) failSpan(this.#span.span, cause)
      this.end(status)
    }
  }
}

/** Headers that say who calls, signed, and the trace the call belongs to. */
export function handedOver({ principal, launched }: ProxyTarget, method: string, path: string) {
  if (!principal) return traceHeader()
  return {
    ...traceHeader(),
    [CALLER_HEADER]: signCaller(launched.connection.secret, callerOf(principal), { method, path }),
  }
}

async function problemOf(
  cause: unknown,
  { installation: { plugin_id }, runner, launched }: ProxyTarget,
  answerTimeout: number,
): Promise<HttpProblem> {
  if (!(cause instanceof Error && cause.name === 'HeadersTimeoutError'))
    return new HttpProblem(502, `Plugin "${plugin_id}" broke off the connection`, { cause })
  await runner.suspect(launched)
  const words = `Plugin "${plugin_id}" did not answer within ${answerTimeout / 1_000} s`
  return new HttpProblem(504, words, { cause })
}
