import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  answerTo,
  type TransportKind,
  type TransportUnderTest,
  transportUnderTest,
} from './transports-under-test.js'

const cancelled: string[] = []

/** Bytes in parts, with a pause between them so that no server takes them for one. */
async function* parts(...texts: string[]) {
  for (const text of texts) {
    yield Buffer.from(text)
    await delay(20)
  }
}

const stream = (...texts: string[]) => ReadableStream.from(parts(...texts))

async function* failing(after: number) {
  for (let part = 0; part < after; part += 1) yield Buffer.from(`part ${part}`)
  if (after > 2) await delay(20)
  throw new Error('out of paper')
}

const answers: Record<string, (request: Request) => Response | Promise<Response>> = {
  '/': () => Response.json({ pong: true }),
  '/control': () => new Response('text', { headers: { 'x-name': 'a\u0001b' } }),
  '/control-streamed': () => new Response(stream('text'), { headers: { 'x-name': 'a\u007fb' } }),
  '/error': () => Response.error(),
  '/euro': () => new Response('text', { headers: { 'x-name': 'â\u0082¬' } }),
  '/prototype': () =>
    new Response('text', { headers: { constructor: 'a', __proto__: 'b', 'X-Odd_Case': 'c', tostring: 'd' } }),
  '/many-headers': () =>
    new Response('text', {
      headers: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`x-${at}`, 'v'.repeat(5_000)])),
    }),
  '/short': () => new Response(stream('ab', 'cd'), { headers: { 'content-length': '10' } }),
  '/long': () => new Response(stream('ab', 'cd'), { headers: { 'content-length': '3' } }),
  '/no-number': () => new Response(stream('ab'), { headers: { 'content-length': 'three' } }),
  '/blob': () => new Response(new Blob(['of ', 'parts'])),
  '/text-parts': () => new Response(ReadableStream.from(['not', 'bytes']) as ReadableStream),
  '/late': async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    return new Response(new ReadableStream({ cancel: () => void cancelled.push('late') }))
  },
  '/bytes': ({ url }) => new Response(Buffer.alloc(Number(new URL(url).search.slice(1)), 'x')),
  '/failing': ({ url }) => new Response(ReadableStream.from(failing(Number(new URL(url).search.slice(1))))),
}

const KINDS: TransportKind[] = ['HTTP', 'link', 'function']

describe.each(KINDS)('an odd answer by %s', (kind) => {
  let side: TransportUnderTest
  beforeAll(async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    side = await transportUnderTest(kind, (request) => {
      const answer = answers[new URL(request.url).pathname]
      return answer ? answer(request) : new Response('none', { status: 404 })
    })
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await side.close()
  })
  const outcome = (path: string) =>
    answerTo(side.transport, path).then(
      ({ statusCode }) => statusCode,
      () => 'broken off',
    )

  it.each([
    ...(kind === 'function' ? [] : ['/many-headers']),
    '/control',
    '/control-streamed',
    '/error',
    '/no-number',
  ])('fails by itself where HTTP would not let it through, and no other with it: %s', async (path) => {
    const slow = answerTo(side.transport, '/blob')
    expect([500, 'broken off']).toContain(await outcome(path))
    expect(String((await slow).body)).toBe('of parts')
    expect((await answerTo(side.transport, '/')).statusCode).toBe(200)
  })

  // By HTTP, what is too long is cut, and what is too short ends with the connection, seconds later.
  it.each([...(kind === 'HTTP' ? [] : ['/short', '/long']), '/failing?3', '/failing?20'])(
    'breaks off, and is not taken for a whole one: %s',
    async (path) => {
      expect(await outcome(path)).toBe('broken off')
    },
  )

  it.each(['/failing?0', '/failing?1'])('is a failure when it fails at once: %s', async (path) => {
    expect([500, 'broken off']).toContain(await outcome(path))
  })

  it('may have headers that are named like parts of an object', async () => {
    const { headers } = await answerTo(side.transport, '/prototype')
    expect(headers).toMatchObject({ constructor: 'a', 'x-odd_case': 'c', tostring: 'd' })
  })

  it('has bytes in its headers as they are, whatever they spell', async () => {
    const { headers } = await answerTo(side.transport, '/euro')
    expect(headers['x-name']).toBe('â\u0082¬')
  })

  it.each([0, 1, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145, 1_000_000])(
    'has its length, of %i bytes',
    async (bytes) => {
      const { headers, body } = await answerTo(side.transport, `/bytes?${bytes}`)
      expect(body.byteLength).toBe(bytes)
      if (kind !== 'function') expect(headers['content-length']).toBe(String(bytes))
    },
  )

  it('is let go when it comes too late', async () => {
    cancelled.length = 0
    await expect(answerTo(side.transport, '/late', { headersTimeout: 30 })).rejects.toThrow()
    await vi.waitFor(() => expect(cancelled).toEqual(['late']))
  })
})

describe('a plugin whose every connection is taken', () => {
  it.each<TransportKind>(['HTTP', 'link'])(
    'is still asked by its host, and others learn in time: %s',
    async (kind) => {
      const side = await transportUnderTest(kind, ({ url }) => {
        if (!url.endsWith('/stream')) return new Response('ok')
        return new Response(
          new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('x')) }),
        )
      })
      let begun = 0
      const streams = Array.from({ length: 330 }, () =>
        side.transport.dispatch(
          { method: 'GET', path: '/stream' },
          {
            onStart: () => {
              begun += 1
            },
            onData: () => undefined,
            onEnd: () => undefined,
            onError: () => undefined,
          },
        ),
      )
      await vi.waitFor(() => expect(begun).toBe(kind === 'link' ? 320 : 64))
      const signal = AbortSignal.timeout(5_000)
      expect(await side.transport.exchange({ method: 'GET', path: '/', signal })).toMatchObject({
        text: 'ok',
      })
      await expect(answerTo(side.transport, '/', { headersTimeout: 50 })).rejects.toMatchObject({
        name: 'HeadersTimeoutError',
      })
      const gone = new Promise<Error>((onError) => {
        const answer = { onStart: () => undefined, onData: () => undefined, onEnd: () => undefined, onError }
        side.transport.dispatch({ method: 'GET', path: '/' }, answer).abort(new Error('nobody waits'))
      })
      expect((await gone).message).toBe('nobody waits')
      for (const stream of streams) stream.abort(new Error('enough'))
      await side.close()
    },
  )
})
