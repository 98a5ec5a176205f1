import { CALLER_HEADER, signCaller } from '@ops-center/plugin-sdk/protocol'
import { HttpProblem } from '../http/http-problem.js'
import { traceHeader } from '../tracing/current-trace.js'
import { withSpan } from '../tracing/with-span.js'
import { callerOf } from './caller-of.js'
import { spanAttributes } from './installation.js'
import type { ProxyTarget } from './proxy-target.js'

/** The status of a request whose caller went away: nobody is left to read another. */
export const CALLER_GONE = 499

/** What a plugin that does not begin its answer in time is refused with, as undici calls it. */
export class LateError extends Error {
  override readonly name = 'HeadersTimeoutError'
}

export interface RelayOptions {
  /** Milliseconds until a plugin must begin its answer. */
  answerTimeout: number
  /** Whether the caller went away. */
  gone: () => boolean
}

/**
 * Does what passes a request on to a plugin, within a span, and counts how it ended.
 *
 * @param work Returns the status that was answered.
 * @throws HttpProblem 502 when the plugin breaks off, 504 when it is late, or what `work` throws as one.
 */
export async function relay(
  target: ProxyTarget,
  { answerTimeout, gone }: RelayOptions,
  work: () => Promise<number>,
): Promise<number> {
  const { runner, installation } = target
  const started = performance.now()
  const answered = (status: number) => {
    runner.metrics.proxied(status, performance.now() - started)
    return status
  }
  try {
    const attributes = spanAttributes(installation)
    return answered(await withSpan('plugin.request', { kind: 'client', attributes }, work))
  } catch (cause) {
    if (gone()) return answered(CALLER_GONE)
    const problem = cause instanceof HttpProblem ? cause : await problemOf(cause, target, answerTimeout)
    answered(problem.status)
    throw problem
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
