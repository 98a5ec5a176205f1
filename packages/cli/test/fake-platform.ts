import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A request that the fake received. */
interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Headers
  readonly body: Buffer
}

/** What the fake answers to `POST /plugins/install` and the like: status and JSON, or a response of one's own. */
export type FakeAnswer = Response | { status?: number; json: unknown }
export type FakeRoutes = Readonly<Record<string, (request: ReceivedRequest) => FakeAnswer>>

/** A stand-in for the platform's REST API on a free port of this machine. */
export interface FakePlatform {
  readonly url: string
  readonly requests: ReceivedRequest[]
  /** Environment that points a command at it. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Starts a server that answers `METHOD /path` below `/api/v1` as told, and everything else with 404. */
export async function startFakePlatform(routes: FakeRoutes): Promise<FakePlatform> {
  const requests: ReceivedRequest[] = []
  const server = createServer(async (incoming, outgoing) => {
    const address = new URL(incoming.url ?? '/', 'http://fake')
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const request: ReceivedRequest = {
      method: incoming.method ?? '',
      path: address.pathname.replace('/api/v1', ''),
      query: Object.fromEntries(address.searchParams),
      headers: new Headers(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
      body: Buffer.concat(chunks),
    }
    requests.push(request)
    const answer = routes[`${request.method} ${request.path}`]?.(request) ?? problem(404, 'Nothing is here')
    const response =
      answer instanceof Response ? answer : Response.json(answer.json, { status: answer.status ?? 200 })
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    if (response.body === null) outgoing.end()
    else await pipeline(Readable.fromWeb(response.body), outgoing)
  })
  const url = await listen(server)
  return {
    url,
    requests,
    env: { OPS_CENTER_API_URL: url, OPS_CENTER_API_KEY: 'ock_test' },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** A refusal as the platform words it. */
export function problem(
  status: number,
  detail: string,
  extra: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): FakeAnswer {
  const body = JSON.stringify({ type: 'about:blank', title: 'Refused', status, detail, ...extra })
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '7', ...headers },
  })
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address: AddressInfo | string | null = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The fake platform has no port')
  return `http://127.0.0.1:${address.port}`
}
