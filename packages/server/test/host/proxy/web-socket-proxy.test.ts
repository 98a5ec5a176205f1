import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { ADMIN_KEY, pidOf, startTestPlatform, type TestPlatform } from '../test-platform.js'
import { socketPlugin } from './web-socket-plugin.js'

let platform: TestPlatform
const patience = { timeout: 15_000, interval: 20 }
const authorization = `Bearer ${ADMIN_KEY}`
const address = (path: string) => `${platform.server.url.replace('http', 'ws')}/plugins/sockets${path}`
const seen = () => platform.route<(string | number)[]>('GET', '/plugins/sockets/seen')

interface Opened {
  socket: WebSocket
  /** Everything that came, in order. */
  received: (string | Buffer)[]
  closed: Promise<number>
}

async function open(
  path: string,
  protocols: string[] = [],
  headers: object = { authorization },
): Promise<Opened> {
  const socket = new WebSocket(address(path), protocols, { headers: { ...headers } })
  const received: (string | Buffer)[] = []
  socket.on('message', (data: Buffer, isBinary) => received.push(isBinary ? data : String(data)))
  const closed = once(socket, 'close').then(([code]) => Number(code))
  await once(socket, 'open')
  return { socket, received, closed }
}

/** The status of the answer instead of a WebSocket. */
function refusal(
  path: string,
  protocols: string[] = [],
  headers: object = { authorization },
): Promise<number> {
  const socket = new WebSocket(address(path), protocols, { headers: { ...headers } })
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (request, answer) => {
      request.destroy()
      resolve(answer.statusCode ?? 0)
    })
    socket.on('open', () => reject(new Error('It opened')))
    socket.on('error', () => undefined)
  })
}

beforeAll(async () => {
  platform = await startTestPlatform()
  await platform.run(socketPlugin)
})
afterAll(() => platform.close())

describe('a WebSocket of a plugin', () => {
  it('opens with a key, and tells the plugin who calls, but not the key', async () => {
    const { socket, received } = await open('/echo/lobby?a=1', [], { authorization, cookie: 'a=1' })
    await vi.waitFor(() => expect(received).toHaveLength(1), patience)
    const told = JSON.parse(String(received[0]))
    expect(told).toMatchObject({
      caller: 'admin',
      params: { room: 'lobby' },
      query: { a: '1' },
      protocol: '',
    })
    expect(told.headers).not.toHaveProperty('authorization')
    expect(told.headers).not.toHaveProperty('cookie')
    socket.close(1000)
    await vi.waitFor(async () => expect(await seen()).toContain('lobby closed 1000'), patience)
  })

  it('opens for a browser, which sends its key as a protocol, and the plugin never sees that', async () => {
    const { socket, received } = await open('/echo/a', ['ops-center', `ops-center.key.${ADMIN_KEY}`], {})
    expect(socket.protocol).toBe('ops-center')
    await vi.waitFor(() => expect(received).toHaveLength(1), patience)
    const { caller, headers } = JSON.parse(String(received[0]))
    expect([caller, headers['sec-websocket-protocol']]).toEqual(['admin', undefined])
    socket.close()

    const own = await open('/echo/a', ['chat.v1', 'other', `ops-center.key.${ADMIN_KEY}`], {})
    expect(own.socket.protocol).toBe('chat.v1')
    own.socket.close()
  })

  it('carries texts and bytes, small and big, both ways and in order', async () => {
    const { socket, received, closed } = await open('/echo/a')
    const big = Buffer.alloc(4_000_000, 7)
    socket.send('ä')
    socket.send(Buffer.from([0, 255]))
    socket.send(big)
    socket.send('')
    await vi.waitFor(() => expect(received).toHaveLength(5), patience)
    expect(received.slice(1, 3)).toEqual(['ä', Buffer.from([0, 255])])
    expect(big.equals(Buffer.from(received[3] ?? ''))).toBe(true)
    expect(received[4]).toBe('')
    socket.send(Buffer.alloc(5_000_001))
    expect(await closed).toBe(1009)
  })

  it('is one of a hundred', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, (_, index) => open(`/echo/${index}`)))
    for (const [index, { socket }] of all.entries()) socket.send(String(index))
    await vi.waitFor(() => {
      for (const [index, { received }] of all.entries()) expect(received[1]).toBe(String(index))
    }, patience)
    for (const { socket } of all) socket.close()
    expect(new Set(await Promise.all(all.map(({ closed }) => closed)))).toEqual(new Set([1005]))
  })

  it('waits for a caller that does not read, and for a plugin that does not', async () => {
    const reader = await open('/firehose')
    reader.socket.pause()
    let before = -1
    await vi.waitFor(
      async () => {
        const now = Number((await seen())[0])
        const isStill = now === before
        before = now
        expect(isStill && now > 0 && now < 4_000).toBe(true)
      },
      { ...patience, interval: 300 },
    )
    reader.socket.terminate()

    const writer = await open('/slow-reader')
    const piece = Buffer.alloc(500_000)
    for (let count = 0; count < 60; count += 1) writer.socket.send(piece)
    await vi.waitFor(
      () => {
        const now = writer.socket.bufferedAmount
        const isStill = now === before
        before = now
        expect(isStill && now > 5_000_000).toBe(true)
      },
      { ...patience, interval: 300 },
    )
    writer.socket.terminate()
  })

  it('is closed with 1011 by a handler that fails, which shows in the log', async () => {
    const { socket, closed } = await open('/failing')
    socket.send('x')
    expect(await closed).toBe(1011)
    await vi.waitFor(async () => {
      const { logs } = await platform.api<{ logs: { message: string }[] }>('GET', '/plugins/sockets/logs')
      expect(logs.map(({ message }) => message)).toContain('WebSocket /failing failed')
    }, patience)
  })

  it('does not open without a key, with a wrong one, or where there is none', async () => {
    expect(await refusal('/echo/a', [], {})).toBe(401)
    expect(await refusal('/echo/a', [], { authorization: 'Bearer wrong' })).toBe(401)
    expect(await refusal('/echo/a', ['ops-center', 'ops-center.key.wrong'], {})).toBe(401)
    expect(await refusal(`/echo/a?key=${ADMIN_KEY}`, [], {})).toBe(401)
    expect(await refusal('/nowhere')).toBe(404)
    expect(await refusal('/seen')).toBe(200)
    expect((await fetch(address('/open').replace('ws', 'http'))).status).toBe(426)
  })

  it('opens without a key where the plugin says so', async () => {
    const { socket, received } = await open('/open', [], {})
    await vi.waitFor(() => expect(received).toEqual(['undefined']), patience)
    socket.close()
  })

  it('ends when the plugin is killed, is disabled or crashes, and others live on', async () => {
    const killed = await open('/echo/a')
    process.kill(await pidOf(platform, 'sockets'), 'SIGKILL')
    expect(await killed.closed).toBe(1006)
    await vi.waitFor(seen, patience)

    const crashed = await open('/crash')
    crashed.socket.send('x')
    expect(await crashed.closed).toBe(1006)
    await vi.waitFor(seen, patience)

    const disabled = await open('/echo/a')
    await platform.api('POST', '/plugins/sockets/disable')
    expect(await disabled.closed).toBe(1012)
    expect(await refusal('/echo/a')).toBe(503)
    await platform.api('POST', '/plugins/sockets/enable')
    ;(await open('/echo/a')).socket.close()
  })
})

describe('a WebSocket of a plugin inside the server', () => {
  it('opens, carries messages, and is closed when the plugin is disabled', async () => {
    const inside = await startTestPlatform({ inProcessPlugins: ['sockets'] })
    try {
      await inside.run(socketPlugin)
      const url = `${inside.server.url.replace('http', 'ws')}/plugins/sockets`
      const socket = new WebSocket(`${url}/echo/a`, { headers: { authorization } })
      const received: string[] = []
      socket.on('message', (data) => received.push(String(data)))
      const closed = once(socket, 'close')
      await once(socket, 'open')
      socket.send('x'.repeat(1_000_000))
      await vi.waitFor(() => expect(received).toHaveLength(2), patience)
      expect(JSON.parse(received[0] ?? '')).toMatchObject({ caller: 'admin' })
      expect(received[1]).toHaveLength(1_000_000)
      await inside.api('POST', '/plugins/sockets/disable')
      expect((await closed)[0]).toBe(1012)
    } finally {
      await inside.close()
    }
  })
})

describe('a request that offers another protocol', () => {
  it('is answered as if it had not, with its body', async () => {
    const socket = connect(Number(new URL(platform.server.url).port), 'localhost')
    const body = JSON.stringify({ name: 'Pump', type: 'pump' })
    // Left open: a caller who hangs up is not answered.
    socket.write(
      [
        'POST /api/v1/devices HTTP/1.1',
        'Host: localhost',
        `Authorization: ${authorization}`,
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n'),
    )
    const [answer] = await once(socket, 'data')
    socket.destroy()
    expect(String(answer)).toMatch(/^HTTP\/1\.1 201 Created/)
  })
})
