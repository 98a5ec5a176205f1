import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type * as principalWatch from '../../../src/auth/principal-watch.js'
import type * as target from '../../../src/host/proxy/proxy-target.js'
import type { PluginSource } from '../build-plugin.js'
import { ADMIN_KEY, startTestPlatform, type TestPlatform } from '../test-platform.js'

/** What the host watches, and a gate before it knows where a request goes. */
const host = vi.hoisted(() => ({ watched: 0, asked: 0, gate: Promise.resolve() }))

vi.mock('../../../src/auth/principal-watch.js', async (original) => {
  const actual = await original<typeof principalWatch>()
  class CountedWatch extends actual.PrincipalWatch {
    constructor(...given: ConstructorParameters<typeof actual.PrincipalWatch>) {
      super(...given)
      const uncounted = this.watch
      const watch: principalWatch.WatchPrincipal = (principal, onEnded) => {
        host.watched += 1
        const off = uncounted(principal, onEnded)
        return () => {
          host.watched -= 1
          off()
        }
      }
      Object.assign(this, { watch })
    }
  }
  return { ...actual, PrincipalWatch: CountedWatch }
})

vi.mock('../../../src/host/proxy/proxy-target.js', async (original) => {
  const actual = await original<typeof target>()
  const proxyTarget: typeof actual.proxyTarget = async (...given) => {
    host.asked += 1
    await host.gate
    return actual.proxyTarget(...given)
  }
  return { ...actual, proxyTarget }
})

const talker: PluginSource = {
  id: 'talker',
  code: `
    const state = { streams: 0, hanging: 0, refused: 0 }
    plugin.route('/state', { methods: ['GET'] }, () => state)
    plugin.route('/stream', { methods: ['GET'] }, () => new Response(new ReadableStream({
      start: (controller) => {
        state.streams += 1
        controller.enqueue(new TextEncoder().encode('first'))
      },
      cancel: () => { state.streams -= 1 },
    })))
    plugin.route('/hang', { methods: ['GET', 'POST'] }, ({ signal }) => new Promise(() => {
      state.hanging += 1
      signal.addEventListener('abort', () => { state.hanging -= 1 })
    }))
    plugin.route('/length/:status', { methods: ['GET'] }, ({ params, query }) => new Response(null, {
      status: Number(params.status),
      headers: query.length ? { 'content-length': query.length } : {},
    }))
    plugin.route('/unread', { methods: ['POST'] }, () => ({ early: true }))
    plugin.route('/partly', { methods: ['POST'] }, async ({ request }) => {
      await request.body.getReader().read()
      return { early: true }
    })
    plugin.route('/endless-refusal', { methods: ['GET'] }, () => new Response(new ReadableStream({
      async pull(controller) {
        await new Promise(setImmediate)
        state.refused += 1
        controller.enqueue(new Uint8Array(65_536))
      },
    }), { status: 403 }))
  `,
}

describe.each(['process', 'in-process'])('a request on its short way to a plugin: %s', (runtime) => {
  let platform: TestPlatform
  const sockets: Socket[] = []
  const state = () => platform.route<Record<string, number>>('GET', '/plugins/talker/state')
  const isLeft = (expected: object) => vi.waitFor(async () => expect(await state()).toMatchObject(expected))
  const request = (path: string, method = 'GET', more = '') =>
    `${method} /plugins/talker${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${ADMIN_KEY}\r\n${more}\r\n`

  beforeAll(async () => {
    platform = await startTestPlatform(runtime === 'process' ? {} : { inProcessPlugins: ['*'] })
    await platform.run(talker)
    await state()
    await state()
  })
  afterAll(() => platform.close())
  beforeEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
  })

  async function send(...requests: string[]): Promise<Socket> {
    const socket = connect(Number(new URL(platform.server.url).port), '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.write(requests.join(''))
    return socket
  }

  it.each(['/stream', '/hang'])(
    'is given up with all that wait behind it on its connection: %s',
    async (path) => {
      const left = path === '/stream' ? 'streams' : 'hanging'
      const socket = await send(...Array.from({ length: 15 }, () => request(path)))
      await isLeft({ [left]: 15 })
      socket.destroy()
      await isLeft({ [left]: 0 })
      await vi.waitFor(() => expect(host.watched).toBe(0))
    },
  )

  it('never gets to the plugin when its caller went away before', async () => {
    const before = await state()
    let open = () => {}
    host.gate = new Promise((resolve) => {
      open = resolve
    })
    const asked = host.asked
    const socket = await send(request('/stream'), request('/hang'))
    await vi.waitFor(() => expect(host.asked).toBe(asked + 2))
    socket.resetAndDestroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    open()
    expect(await state()).toEqual(before)
    expect(await state()).toEqual(before)
  })

  it('leaves nothing that watches over its key when its caller goes before the answer', async () => {
    const socket = await send(request('/hang'))
    await isLeft({ hanging: 1 })
    socket.destroy()
    await isLeft({ hanging: 0 })
    expect(host.watched).toBe(0)
  })

  it.each([
    ['204', '', undefined],
    ['204', '?length=5', undefined],
    ['205', '', '0'],
    ['205', '?length=5', '0'],
    ['304', '', undefined],
    ['304', '?length=5', '5'],
  ])('states a length that is true of an answer %s%s: %s', async (status, query, length) => {
    const socket = await send(
      request(`/length/${status}${query}`),
      request('/state', 'GET', 'connection: close\r\n'),
    )
    const [first = '', second] = (await text(socket)).split(/(?=HTTP\/1\.1 200 )/)
    expect(first.slice(0, 12)).toBe(`HTTP/1.1 ${status}`)
    expect(/content-length: (\d+)/i.exec(first)?.[1]).toBe(length)
    expect(first).toMatch(/\r\n\r\n$/)
    expect(second).toContain('"streams"')
  })

  it.each([
    ['/unread', 'content-length'],
    ['/unread', 'transfer-encoding'],
    ['/partly', 'content-length'],
    ['/partly', 'transfer-encoding'],
  ])(
    'answers the next one on the connection though the body of the last was not read: %s, %s',
    async (path, framing) => {
      const bytes = 300_000
      const [header, before, after] =
        framing === 'content-length'
          ? [bytes, '', '']
          : ['chunked', `${bytes.toString(16)}\r\n`, '\r\n0\r\n\r\n']
      const upload = request(path, 'POST', `${framing}: ${header}\r\n`)
      const body = `${before}${'x'.repeat(bytes)}${after}`
      const socket = await send(upload, body, request('/state', 'GET', 'connection: close\r\n'))
      // The plugin closes its connection on what it does not read: the host may see that before the answer.
      expect(await text(socket)).toMatch(/("early":true|broke off the connection).*"streams":/s)
    },
  )

  it('does not read more of an endless refusal of a WebSocket than its caller takes', async () => {
    const upgrade =
      'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
    const socket = await send(request('/endless-refusal', 'GET', upgrade))
    const got = await new Promise((resolve) => socket.once('data', resolve))
    socket.pause()
    expect(String(got)).toContain(' 403 ')
    let last = -1
    await vi.waitFor(
      async () => {
        const { refused = 0 } = await state()
        const before = last
        last = refused
        expect(refused).toBe(before)
      },
      { timeout: 10_000, interval: 100 },
    )
    socket.destroy()
  })
})
