import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import { Pool } from 'undici'
import type { z } from 'zod'

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
  response: Schema
}

/** Requests to one plugin over its Unix socket. */
export class PluginConnection {
  readonly #pool: Pool
  readonly #secret: string

  constructor(socketPath: string, secret: string) {
    this.#pool = new Pool('http://plugin', { socketPath, connections: 64, headersTimeout: 0, bodyTimeout: 0 })
    this.#secret = secret
  }

  /** Pool for requests that are passed on as they come. */
  get pool(): Pool {
    return this.#pool
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
    response,
  }: PluginCall<Schema>): Promise<z.infer<Schema>> {
    const { statusCode, text } = await this.#send(method, path, json, timeout)
    const body = parseJson(text)
    if (statusCode >= 300)
      throw new PluginCallError(statusCode, detailOf(body) ?? `The plugin answered ${statusCode}`)
    const parsed = response.safeParse(body)
    if (!parsed.success)
      throw new PluginCallError(502, `The plugin answered ${path} with something else than the protocol says`)
    return parsed.data
  }

  /** Whether the plugin answers at all, within some milliseconds. */
  async isAnswering(timeout: number): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(timeout)
      const { body } = await this.#pool.request({ method: 'GET', path: '/health', signal })
      await body.dump()
      return true
    } catch {
      return false
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  async #send(method: 'GET' | 'POST', path: string, json: unknown, timeout: number) {
    try {
      const { statusCode, body } = await this.#pool.request({
        method,
        path,
        headers: { authorization: `Bearer ${this.#secret}`, 'content-type': 'application/json' },
        ...(method === 'POST' ? { body: JSON.stringify(json) } : {}),
        signal: AbortSignal.timeout(timeout),
      })
      return { statusCode, text: await body.text() }
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError'
      throw new PluginUnreachableError(
        isLate
          ? `The plugin did not answer ${path} within ${timeout} ms`
          : `The plugin could not be reached: ${errorMessage(error)}`,
        isLate,
        error,
      )
    }
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
