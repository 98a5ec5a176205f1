import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Leases } from '../../src/database/leases.js'
import { createPostgresLeases } from '../../src/database/postgres-leases.js'
import { type PostgresServer, postgresBinaries, startPostgres } from './postgres-server.js'

const SILENCE = 2_000
const patience = { timeout: 15_000, interval: 20 }

// Reason to skip: the binaries of PostgreSQL are not on this machine.
describe.runIf(await postgresBinaries())('leases of nodes on one PostgreSQL', () => {
  let postgres: PostgresServer
  const started: (() => unknown)[] = []

  beforeAll(async () => {
    postgres = await startPostgres((await postgresBinaries()) ?? '')
  })
  afterEach(async () => {
    for (const stop of started.splice(0).reverse()) await stop()
  })
  afterAll(() => postgres.stop())

  const open = (url = postgres.url): Leases => {
    const leases = createPostgresLeases({
      settings: { connectionString: url, connectionTimeoutMillis: 1_000 },
      onError: () => undefined,
      silence: SILENCE,
    })
    started.push(() => leases.close())
    return leases
  }
  /** What becomes of a lease, as lines of one log. */
  const want = (leases: Leases, node: string, log: string[], whenLost = async () => {}) =>
    leases.want('queue', {
      onHeld: () => log.push(`${node} has it`),
      onLost: async () => {
        log.push(`${node} lost it`)
        await whenLost()
      },
    })

  it('are taken over from a process that froze, which takes part again once it goes on', async () => {
    const log: string[] = []
    const child = spawnNode(postgres.url, (line) => log.push(line))
    started.push(async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
    await vi.waitFor(() => expect(log).toEqual(['child has it']), patience)
    const giveUp = want(open(), 'parent', log)
    child.kill('SIGSTOP')
    await vi.waitFor(() => expect(log).toEqual(['child has it', 'parent has it']), patience)
    child.kill('SIGCONT')
    await vi.waitFor(() => expect(log.at(-1)).toBe('child lost it'), patience)
    await giveUp()
    await vi.waitFor(() => expect(log.at(-1)).toBe('child has it'), patience)
  })

  it('are lost by a node that is cut off before another has them', async () => {
    const line = await openLine(postgres.url)
    started.push(line.close)
    const log: string[] = []
    want(open(line.url), 'first', log)
    await vi.waitFor(() => expect(log).toEqual(['first has it']), patience)
    want(open(), 'second', log)
    line.cut()
    await vi.waitFor(() => expect(log).toHaveLength(3), patience)
    expect(log).toEqual(['first has it', 'first lost it', 'second has it'])
  })

  it('show whether those that run now agree', async () => {
    const [first, second, third] = [open(), open(), open()]
    expect(await first.agree('one')).toBe(true)
    expect(await second.agree('one')).toBe(true)
    expect(await third.agree('other')).toBe(false)
    await third.close()
    await vi.waitFor(async () => expect(await first.agree('one')).toBe(true), patience)
  })

  it('are not taken again while what used them goes on', async () => {
    const line = await openLine(postgres.url)
    started.push(line.close)
    const log: string[] = []
    let end = () => {}
    const inUse = new Promise<void>((resolve) => {
      end = resolve
    })
    const leases = open(line.url)
    want(leases, 'node', log, () => inUse)
    await vi.waitFor(() => expect(log).toEqual(['node has it']), patience)
    line.drop()
    await vi.waitFor(() => expect(log).toEqual(['node has it', 'node lost it']), patience)
    // It is back, and takes what it wants.
    for (const name of ['one', 'two']) {
      const onHeld = vi.fn()
      leases.want(name, { onHeld, onLost: async () => undefined })
      await vi.waitFor(() => expect(onHeld).toHaveBeenCalledOnce(), patience)
    }
    expect(log).toHaveLength(2)
    end()
    await vi.waitFor(() => expect(log.at(-1)).toBe('node has it'), patience)
  })
})

/** A node in a process of its own, that wants the lease as long as it lives. */
function spawnNode(url: string, onLine: (line: string) => void): ChildProcess {
  const module = new URL('../../dist/database/postgres-leases.js', import.meta.url)
  const code = `
    import { createPostgresLeases } from '${module}'
    createPostgresLeases({
      settings: { connectionString: '${url}' }, onError: () => undefined, silence: ${SILENCE},
    }).want('queue', {
      onHeld: () => console.log('child has it'),
      onLost: async () => console.log('child lost it'),
    })
    setInterval(() => undefined, 1000)
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  createInterface(child.stdout).on('line', onLine)
  return child
}

/** The network between a node and its database. */
async function openLine(database: string) {
  const { hostname, port } = new URL(database)
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      if (!isCut) socket.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const nearPort = typeof address === 'object' && address !== null ? address.port : 0
  const drop = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  return {
    url: database.replace(`:${port}/`, `:${nearPort}/`),
    /** Nothing comes through any more, and nobody is told. */
    cut() {
      isCut = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    /** Every connection is broken. */
    drop,
    async close() {
      drop()
      server.close()
      await once(server, 'close')
    },
  }
}
