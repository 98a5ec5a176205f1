import { setTimeout as sleep } from 'node:timers/promises'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import type { z } from 'zod'
import { traceHeader } from '../../tracing/current-trace.js'
import type {
  AnswerControl,
  AnswerReceiver,
  DispatchedRequest,
  PluginAnswer,
  PluginReply,
  PluginRequest,
  PluginTransport,
  Upgraded,
  UpgradeRequest,
} from '../transports/plugin-transport.js'

/** Milliseconds from a broken connection to the end of the process that broke it, and to its last words. */
const END_MS = 1_000

/** The plugin's process is gone, or never answered. Nothing tells whether it did what it was asked. */
export class PluginUnreachableError extends OpsError {
  /** Whether it had its time: the process may be stuck. */
  readonly isLate: boolean

  constructor(message: string, isLate: boolean, cause?: unknown) {
    super('plugin_unreachable', message, { cause })
    this.isLate = isLate
  }
}

/** The plugin answered, with an error. */
export class PluginCallError extends OpsError {
  readonly status: number

  constructor(status: number, detail: string) {
    super('plugin_call_failed', detail)
    this.status = status
  }
}

export interface PluginCall<Schema extends z.ZodType> {
  method?: 'GET' | 'POST'
  path: string
  json?: unknown
  /** Milliseconds until the call counts as failed. */
  timeout: number
  /** Ends the request: the plugin sees its caller go. */
  signal?: AbortSignal
  response: Schema
}

type SentCall = Required<Pick<PluginCall<z.ZodType>, 'method' | 'path' | 'timeout'>> & {
  json: unknown
  signal: AbortSignal | undefined
}

/** Requests to one plugin, whatever lies between. */
export class PluginConnection {
  readonly #transport: PluginTransport
  /** What the host proves itself with. */
  readonly secret: string
  readonly #ended: Promise<string> | undefined

  /** @param ended Resolves with how the process behind it ended, where there is one. */
  constructor(transport: PluginTransport, secret: string, ended?: Promise<string>) {
    this.#transport = transport
    this.secret = secret
    this.#ended = ended
  }

  /** A request that is passed on as it comes: see {@link PluginTransport.request}. */
  request(request: PluginRequest): Promise<PluginAnswer> {
    return this.#transport.request(request)
  }

  /** The same at less cost: see {@link PluginTransport.dispatch}. */
  dispatch(request: DispatchedRequest, receiver: AnswerReceiver): AnswerControl {
    return this.#transport.dispatch(request, receiver)
  }

  /** The same for a short answer, read to its end. */
  exchange(request: PluginRequest): Promise<PluginReply> {
    return this.#transport.exchange(request)
  }

  /** Asks for another protocol, such as WebSocket: see {@link PluginTransport.upgrade}. */
  upgrade(request: UpgradeRequest): Promise<Upgraded> {
    return this.#transport.upgrade(request)
  }

  /**
   * A request of the host's own, below `/_ops`.
   *
   * @throws PluginUnreachableError without an answer in time, PluginCallError with an answer other than 2xx.
   */
  async call<Schema extends z.ZodType>({
    method = 'POST',
    path,
    json = {},
    timeout,
    signal,
    response,
  }: PluginCall<Schema>): Promise<z.infer<Schema>> {
    const { statusCode, text } = await this.#send({ method, path, json, timeout, signal })
    const body = parseJson(text)
    if (statusCode >= 300)
      throw new PluginCallError(statusCode, detailOf(body) ?? `The plugin answered ${statusCode}`)
    const parsed = response.safeParse(body)
    if (!parsed.success)
      throw new PluginCallError(502, `The plugin answered ${path} with something else than the protocol says`)
    return parsed.data
  }

  /** Whether the plugin answers anything, within some milliseconds: what is asked for runs nothing of the author's. */
  async isAnswering(timeout: number): Promise<boolean> {
    try {
      await this.#transport.exchange({
        method: 'GET',
        path: '/',
        signal: AbortSignal.timeout(timeout),
      })
      return true
    } catch {
      return false
    }
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  async #send({ method, path, json, timeout, signal }: SentCall): Promise<PluginReply> {
    const late = AbortSignal.timeout(timeout)
    try {
      return await this.#transport.exchange({
        method,
        path,
        headers: {
          authorization: `Bearer ${this.secret}`,
          'content-type': 'application/json',
          ...traceHeader(),
        },
        body: method === 'POST' ? JSON.stringify(json) : null,
        signal: signal ? AbortSignal.any([signal, late]) : late,
      })
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError'
      throw new PluginUnreachableError(
        isLate
          ? `The plugin did not answer ${path} within ${timeout} ms`
          : await this.#whyGone(errorMessage(error), signal),
        isLate,
        error,
      )
    }
  }

  /** A connection breaks a moment before the process has ended and the host knows how. */
  async #whyGone(broken: string, signal?: AbortSignal): Promise<string> {
    const how = signal?.aborted
      ? undefined
      : await Promise.race([this.#ended, sleep(END_MS, undefined, { ref: false })])
    return how === undefined ? `The plugin could not be reached: ${broken}` : `The plugin ended with ${how}`
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function detailOf(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string'
    ? body.detail
    : undefined
}
