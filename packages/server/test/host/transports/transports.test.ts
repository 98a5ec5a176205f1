import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AnswerControl } from '../../../src/host/transports/plugin-transport.js'
import {
  answerTo,
  type TransportKind,
  type TransportUnderTest,
  transportUnderTest,
} from './transports-under-test.js'

const MEBIBYTE = 1_048_576
const LARGE = Buffer.alloc(5 * MEBIBYTE, 'a few bytes of an answer, ')
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** How many parts of `/endless` were asked for, and the signals of requests that hang. */
let produced = 0
const aborted: string[] = []

const pages: Record<string, (request: Request) => Response | Promise<Response>> = {
  '/': () => Response.json({ pong: true }),
  '/nothing': () => new Response(null, { status: 204 }),
  '/cookies': () =>
    new Response('ok', {
      status: 418,
      headers: [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['x-name', 'é'],
      ],
    }),
  '/large': () => new Response(LARGE),
  '/streamed': () => new Response(Readable.toWeb(Readable.from(parts())) as ReadableStream),
  '/endless': () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          // The test is on the same event loop.
          await nextTurn()
          produced += 1
          controller.enqueue(Buffer.alloc(16_384))
        },
        cancel: () => void aborted.push('/endless'),
      }),
    ),
  '/hang': (request) =>
    new Promise(() => {
      request.signal.addEventListener('abort', () => aborted.push(new URL(request.url).search))
    }),
  '/broken': () => new Response(Readable.toWeb(Readable.from(brokenParts())) as ReadableStream),
  '/echo': async (request) => {
    const body = Buffer.from(await request.arrayBuffer())
    return Response.json({
      bytes: body.byteLength,
      sha: sha(body),
      method: request.method,
      search: new URL(request.url).search,
      name: request.headers.get('x-name'),
      type: request.headers.get('content-type'),
    })
  },
}

async function* parts() {
  for (let part = 0; part < 20; part += 1) yield Buffer.from(`part ${part};`)
}

async function* brokenParts() {
  for (let part = 0; part < 20; part += 1) {
    yield Buffer.from('a part')
    // Later than what the server waits for, to answer as a whole.
    await delay(2)
  }
  throw new Error('out of paper')
}

const KINDS: TransportKind[] = ['HTTP', 'link', 'function']

describe.each(KINDS)('a request dispatched by %s', (kind) => {
  let side: TransportUnderTest
  const start = () =>
    transportUnderTest(kind, (request) => {
      const page = pages[new URL(request.url).pathname]
      return page ? page(request) : new Response('none', { status: 404 })
    })
  beforeAll(async () => {
    side = await start()
  })
  afterAll(() => side.close())

  it('is answered with status, headers and body', async () => {
    const answer = await answerTo(side.transport, '/')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(String(answer.body)).toBe('{"pong":true}')
    const teapot = await answerTo(side.transport, '/cookies')
    expect(teapot.statusCode).toBe(418)
    expect(teapot.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(teapot.headers['x-name']).toBe('é')
    expect(await answerTo(side.transport, '/nothing')).toMatchObject({
      statusCode: 204,
      body: Buffer.alloc(0),
    })
    expect(await answerTo(side.transport, '/none')).toMatchObject({ statusCode: 404 })
  })

  it('hands over method, query, headers and a body, short or streamed', async () => {
    const short = Buffer.from(JSON.stringify({ text: 'ö'.repeat(500) }))
    const asked = async (body: Uint8Array<ArrayBuffer> | Readable, length?: number) => {
      const headers = {
        'x-name': 'one, two',
        'content-type': 'application/json',
        ...(length === undefined ? {} : { 'content-length': String(length) }),
      }
      const answer = await answerTo(side.transport, '/echo?a=%20b&c', { method: 'PUT', headers, body })
      return JSON.parse(String(answer.body))
    }
    const same = { method: 'PUT', search: '?a=%20b&c', name: 'one, two', type: 'application/json' }
    expect(await asked(short, short.byteLength)).toEqual({
      ...same,
      bytes: short.byteLength,
      sha: sha(short),
    })
    const streamed = Readable.from([LARGE.subarray(0, 1_000), LARGE.subarray(1_000)])
    expect(await asked(streamed)).toEqual({ ...same, bytes: LARGE.byteLength, sha: sha(LARGE) })
  })

  it('brings an answer of many megabytes, and one in parts, as it was written', async () => {
    const { body } = await answerTo(side.transport, '/large')
    expect([body.byteLength, sha(body)]).toEqual([LARGE.byteLength, sha(LARGE)])
    const { body: streamed } = await answerTo(side.transport, '/streamed')
    expect(String(streamed)).toBe(Array.from({ length: 20 }, (_, part) => `part ${part};`).join(''))
  })

  it('answers a hundred at once, each with its own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => answerTo(side.transport, `/echo?${index}`)),
    )
    expect(answers.map(({ body }) => JSON.parse(String(body)).search)).toEqual(
      answers.map((_, index) => `?${index}`),
    )
  })

  it('holds the plugin back while its answer is paused, and goes on after that', async () => {
    produced = 0
    let got = 0
    const control: { current?: AnswerControl } = {}
    const failed = new Promise<Error>((resolve) => {
      control.current = side.transport.dispatch(
        { method: 'GET', path: '/endless' },
        {
          onStart: () => undefined,
          onData(chunk) {
            if (got === 0) control.current?.pause()
            got += chunk.byteLength
          },
          onEnd: () => undefined,
          onError: resolve,
        },
      )
    })
    await vi.waitFor(() => expect(got).toBeGreaterThan(0))
    let before = -1
    await vi.waitFor(() => {
      const last = before
      before = produced
      expect(produced).toBe(last)
    })
    expect(produced * 16_384).toBeLessThan(8 * MEBIBYTE)
    control.current?.resume()
    await vi.waitFor(() => expect(got).toBeGreaterThan(10 * MEBIBYTE))
    control.current?.abort(new Error('enough'))
    expect((await failed).message).toBe('enough')
    await vi.waitFor(() => expect(aborted).toContain('/endless'))
  })

  it('is given up when the answer does not begin in time, or when its caller goes', async () => {
    await expect(answerTo(side.transport, '/hang?late', { headersTimeout: 50 })).rejects.toMatchObject({
      name: 'HeadersTimeoutError',
    })
    const gone = new Promise<Error>((resolve) => {
      const control = side.transport.dispatch(
        { method: 'GET', path: '/hang?gone' },
        { onStart: () => undefined, onData: () => undefined, onEnd: () => undefined, onError: resolve },
      )
      control.abort(new Error('nobody waits'))
    })
    expect((await gone).message).toBe('nobody waits')
    if (kind !== 'function') await vi.waitFor(() => expect(aborted).toContain('?late'), { timeout: 5_000 })
  })

  it('ends with an error when the answer breaks off, and when the plugin is gone', async () => {
    await expect(answerTo(side.transport, '/broken')).rejects.toThrow()
    expect((await answerTo(side.transport, '/')).statusCode).toBe(200)
    const other = await start()
    const hanging = answerTo(other.transport, '/hang?killed')
    const streaming = answerTo(other.transport, '/endless')
    const both = [hanging, streaming].map((answer) => expect(answer).rejects.toThrow())
    await answerTo(other.transport, '/')
    other.kill()
    await Promise.all(both)
    await other.close()
    await expect(answerTo(other.transport, '/')).rejects.toThrow()
  })
})
