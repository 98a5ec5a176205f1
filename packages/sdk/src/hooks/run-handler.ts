import { type Duration, parseDuration } from '../duration.js'
import { OpsError } from '../errors.js'

/** Thrown (and reported) when a handler takes longer than its `timeout`. */
export class HandlerTimeoutError extends OpsError {
  constructor(handler: string, milliseconds: number) {
    super(
      'handler_timeout',
      `Handler "${handler}" took longer than its timeout of ${milliseconds} ms and was aborted`,
    )
  }
}

/** Aborts lazily: a handler that never looks at its signal costs no AbortController. */
export class LazyAbort {
  #controller: AbortController | undefined
  #reason: Error | undefined

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  abort(reason: Error): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

/** Runs `work`; after `timeout` its signal aborts and the call rejects, whether or not the work notices. */
export async function withTimeout<Result>(
  handler: string,
  timeout: Duration | undefined,
  abort: LazyAbort,
  work: () => Result | PromiseLike<Result>,
): Promise<Result> {
  if (timeout === undefined) return work()
  const milliseconds = parseDuration(timeout)
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new HandlerTimeoutError(handler, milliseconds)
      abort.abort(error)
      reject(error)
    }, milliseconds)
  })
  try {
    return await Promise.race([work(), expiry])
  } finally {
    clearTimeout(timer)
  }
}
