import { STATUS_CODES } from 'node:http'
import { matchesEndpoint, type RecordedRequest } from './recorded-requests.js'

type Respond = (request: Request) => Response | Promise<Response>

/** What a mock API is told to answer. */
export type MockResponse =
  | Response
  | Error
  | Respond
  | { status?: number; json?: unknown; headers?: Readonly<Record<string, string>> }

interface Forced {
  method: string
  path: string
  respond: Respond
  left: number
}

/** The answers a test forces; the newest that fits wins. */
export class ForcedResponses {
  #forced: Forced[] = []

  add(method: string, path: string, response: MockResponse, times: number): void {
    this.#forced.unshift({ method, path, respond: responder(response), left: times })
  }

  take({ method, endpoint }: RecordedRequest): Respond | undefined {
    const found = this.#forced.find(
      (entry) => entry.method === method && matchesEndpoint(entry.path, endpoint),
    )
    if (!found) return undefined
    found.left -= 1
    if (found.left <= 0) this.#forced = this.#forced.filter((entry) => entry !== found)
    return found.respond
  }

  clear(): void {
    this.#forced = []
  }
}

function responder(response: MockResponse): Respond {
  if (typeof response === 'function') return response
  if (response instanceof Response) return () => response.clone()
  if (response instanceof Error) {
    return () => {
      throw response
    }
  }
  const { status = 200, json, headers } = response
  const body = json ?? (status >= 400 ? problemOf(status) : undefined)
  const type = json === undefined && status >= 400 ? 'application/problem+json' : 'application/json'
  return () =>
    new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      headers: { ...(body === undefined ? {} : { 'content-type': type }), ...headers },
    })
}

function problemOf(status: number) {
  const title = STATUS_CODES[status] ?? 'Error'
  return { type: 'about:blank', title, status, detail: `${title} (forced by the test)`, errors: [] }
}
