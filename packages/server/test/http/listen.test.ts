import { once } from 'node:events'
import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createRouter } from '../../src/http/create-http-app.js'
import { readJsonBody } from '../../src/http/json-body.js'
import { type Listening, listen, requireFreePort } from '../../src/http/listen.js'
import { answerError } from '../../src/http/problem-response.js'

let running: Listening[] = []

afterEach(async () => {
  for (const listening of running) await listening.close()
  running = []
})

const serve = async (
  fetch: (request: Request) => Response | Promise<Response>,
  port = 0,
  stopTimeout = 5_000,
) => {
  const listening = await listen({ fetch, port, host: '127.0.0.1', stopTimeout })
  running.push(listening)
  return listening
}

describe('listen', () => {
  it('serves on a free port and says where', async () => {
    const { url, port } = await serve(() => new Response('hello'))
    expect(url).toBe(`http://localhost:${port}`)
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('hello')
  })

  it('says that a port is taken', async () => {
    const { port } = await serve(() => new Response())
    await expect(serve(() => new Response(), port)).rejects.toThrow(
      expect.objectContaining({ code: 'port_in_use', message: expect.stringContaining(`Port ${port}`) }),
    )
  })

  it('says that an address cannot be used', async () => {
    await expect(
      listen({ fetch: () => new Response(), port: 0, host: '192.0.2.1', stopTimeout: 0 }),
    ).rejects.toThrow(
      expect.objectContaining({ code: 'listen_failed', message: expect.stringContaining('192.0.2.1') }),
    )
  })

  it('answers open requests before it closes, and takes no new ones', async () => {
    let arrived = () => {}
    let release = () => {}
    const isOpen = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const { port, close } = await serve(async () => {
      arrived()
      await released
      return new Response('done')
    })
    const open = fetch(`http://127.0.0.1:${port}`)
    await isOpen
    const closed = close()
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow()
    release()
    expect(await (await open).text()).toBe('done')
    await closed
  })

  it('cuts requests that are still open after the stop timeout', async () => {
    let arrived = () => {}
    const isOpen = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const { port, close } = await serve(
      () => {
        arrived()
        return new Promise<Response>(() => {})
      },
      0,
      1,
    )
    const open = fetch(`http://127.0.0.1:${port}`)
    open.catch(() => undefined)
    await isOpen
    await close()
    await expect(open).rejects.toThrow()
  })

  it('refuses a body of unknown length as soon as it is too large', async () => {
    const app = createRouter()
    app.onError(answerError)
    app.use(readJsonBody(1_000))
    app.post('/', async (c) => c.json({ received: await c.req.json() }))
    const { port } = await serve(app.fetch)
    const sending = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    })
    sending.on('error', () => undefined)
    const answered = once(sending, 'response')
    sending.write(`["${'x'.repeat(2_000)}`)
    const [{ statusCode }] = await answered
    expect(statusCode).toBe(413)
    sending.destroy()
  })
})

describe('a port', () => {
  it('is known to be taken before anything listens on it', async () => {
    const { port } = await serve(() => new Response())
    await expect(requireFreePort({ port, host: '127.0.0.1' })).rejects.toThrow(
      expect.objectContaining({ code: 'port_in_use', message: expect.stringContaining(`Port ${port}`) }),
    )
  })

  it('can be listened on after it was found free', async () => {
    const { port, close } = await serve(() => new Response())
    await close()
    await requireFreePort({ port, host: '127.0.0.1' })
    expect((await serve(() => new Response(), port)).port).toBe(port)
  })
})
