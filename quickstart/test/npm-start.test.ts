import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { countedReadings, isAlive, type StartedSession, startSession } from './start-session.js'

const WAIT = { timeout: 30_000, interval: 50 }

let dataDir: string
const sessions: StartedSession[] = []
const start = (...args: Parameters<typeof startSession>) => {
  const session = startSession(...args)
  sessions.push(session)
  return session
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'quickstart-'))
})

/** A test that failed leaves nothing running. */
afterEach(async () => {
  for (const { child, exited } of sessions.splice(0)) {
    if (child.exitCode === null) child.kill('SIGTERM')
    await exited
  }
})

afterAll(() => rm(dataDir, { recursive: true, force: true }))

describe('npm start without a terminal', () => {
  test('counts real readings, stops in order, and continues with its data the next time', async () => {
    const first = start(dataDir)
    const server = await first.ready()
    await vi.waitFor(async () => expect(await countedReadings(server)).toBeGreaterThan(4), WAIT)
    await vi.waitFor(() => expect(first.stdout()).toMatch(/\d{2}Z CPU .* counted by the plugin/), WAIT)
    const counted = await countedReadings(server)
    const children = await first.descendants()
    expect(children.length).toBeGreaterThanOrEqual(2)

    first.child.kill('SIGINT')
    expect(await first.exited).toBe(0)
    expect(first.stderr()).toBe('')
    expect(first.stdout()).toMatch(/✓ Stopped +\d+ ms\n$/)
    expect(first.stdout().replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    expect(first.stdout()).not.toContain(server.key)
    expect(children.filter(isAlive)).toEqual([])

    const second = start(dataDir)
    const again = await second.ready()
    expect(again.key).toBe(server.key)
    expect(await countedReadings(again)).toBeGreaterThanOrEqual(counted)
    await vi.waitFor(async () => expect(await countedReadings(again)).toBeGreaterThan(counted + 4), WAIT)
    expect(second.stdout()).toContain('Recognised this machine as device')
    expect(second.stdout()).toContain('Already enabled: device-anomaly-detector')

    // The server dies: that is noticed, and nothing else stays behind.
    const [serverPid = -1, ...others] = await second.descendants()
    process.kill(serverPid, 'SIGKILL')
    expect(await second.exited).toBe(1)
    expect(second.stderr()).toMatch(
      /^Ops-Center ended by itself \(signal SIGKILL\); npm start continues with/,
    )
    await vi.waitFor(() => expect(others.filter(isAlive)).toEqual([]), WAIT)
  }, 120_000)

  test('leaves nothing running when it is killed itself', async () => {
    const session = start(dataDir)
    await session.ready()
    const children = await session.descendants()
    expect(children.length).toBeGreaterThanOrEqual(2)
    session.child.kill('SIGKILL')
    await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), WAIT)
  }, 60_000)

  test('a port that is taken is one line and exit code 1', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      const session = start(join(dataDir, 'other'), { OPS_CENTER_PORT: String(port) })
      expect(await session.exited).toBe(1)
      expect(session.stdout()).toBe('')
      expect(session.stderr()).toMatch(new RegExp(`^Port ${port} is taken .*OPS_CENTER_PORT\\n$`))
    } finally {
      other.close()
    }
  })

  test('a setting that Ops-Center refuses is one line in its words and exit code 1', async () => {
    const session = start(join(dataDir, 'other'), { OPS_CENTER_PORT: 'eighty' })
    expect(await session.exited).toBe(1)
    expect(session.stderr()).toMatch(/^ops-center: OPS_CENTER_PORT="eighty" is not valid: .*\n$/)
  })
})
