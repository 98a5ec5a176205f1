import type { FetchFunction } from '../../src/api/send-once.js'

/** A request as it arrived. */
export interface Arrived {
  method: string
  url: URL
  headers: Headers
  body: unknown
}

/** An answer in JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/** A fetch that answers with `answers` in turn, the last one for ever, and keeps what arrived. */
export function fakeServer(...answers: ((request: Arrived) => Response | Promise<Response>)[]): {
  fetch: FetchFunction
  arrived: Arrived[]
} {
  const arrived: Arrived[] = []
  return {
    arrived,
    fetch: async (request) => {
      const text = await request.text()
      const seen: Arrived = {
        method: request.method,
        url: new URL(request.url),
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
      }
      arrived.push(seen)
      const answer = answers[Math.min(arrived.length, answers.length) - 1]
      if (answer === undefined) throw new Error('the fake server has no answer')
      return answer(seen)
    },
  }
}

/** Address and key for a client of a fake server. */
export const ACCESS = { url: 'http://ops.test', apiKey: 'key-1' }
