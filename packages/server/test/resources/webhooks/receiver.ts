import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'

export interface ReceivedRequest {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** What webhooks call: a server that remembers what it got and answers as the test says. */
export interface Receiver {
  readonly url: string
  readonly requests: ReceivedRequest[]
  /** Status by path; 200 by default. `'never'` gives no answer, `'endless'` a body without end. */
  readonly answers: Map<string, number | 'never' | 'endless'>
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const requests: ReceivedRequest[] = []
  const answers: Receiver['answers'] = new Map()
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    requests.push({ path, headers: request.headers, body: await text(request) })
    const answer = answers.get(path) ?? 200
    if (answer === 'never') return
    if (answer === 'endless') {
      response.writeHead(200)
      const write = (): void => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', write)
      }
      return write()
    }
    response.writeHead(answer, { location: '/elsewhere' }).end('thanks')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answers,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
