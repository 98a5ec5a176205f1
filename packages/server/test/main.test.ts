import { fork } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fillDataFolder } from './database/test-database.js'
import { BINARY, type ServerProcess, startProcess } from './server-process.js'

// Each start opens a PostgreSQL; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000 })

let dataDir: string
let started: ServerProcess[] = []

const start = (env: Record<string, string> = {}, ...args: string[]) => {
  const server = startProcess(['start', '--data-dir', dataDir, ...args], env)
  started.push(server)
  return server
}
const call = (url: string, key: string, path: string, json?: unknown) =>
  fetch(`${url}/api/v1${path}`, {
    method: json === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  })

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ops-center-data-'))
})
afterEach(async () => {
  for (const { child, exited } of started) {
    child.kill('SIGKILL')
    await exited
  }
  started = []
  await rm(dataDir, { recursive: true, force: true })
})

describe('ops-center start', () => {
  beforeEach(() => fillDataFolder(dataDir))

  it('ends with the program that started it, be that while it starts', async () => {
    const child = fork(BINARY, ['start', '--data-dir', dataDir, '--port', '0'], { stdio: 'ignore' })
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.disconnect()
    expect(await exited).toBe(0)
  })

  it('shows a generated admin key once, keeps it for the owner only, and stops cleanly', async () => {
    const first = start()
    const url = await first.listening
    const key = (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim()
    expect(first.output().stdout).toContain(key)
    expect((await stat(join(dataDir, 'admin-key'))).mode & 0o777).toBe(0o600)
    expect((await call(url, key, '/devices', { id: 'd-1', name: 'a', type: 'b' })).status).toBe(201)
    first.child.kill('SIGTERM')
    expect(await first.exited).toEqual({ code: 0, signal: null })

    const second = start()
    const again = await second.listening
    expect(second.output().stdout).not.toContain(key)
    expect((await call(again, key, '/devices/d-1')).status).toBe(200)
    second.child.kill('SIGINT')
    expect(await second.exited).toEqual({ code: 0, signal: null })
    expect(second.output().stderr).toBe('')
  })

  it('lets OPS_CENTER_ADMIN_KEY in from then on, beside the keys that exist', async () => {
    const first = start({ OPS_CENTER_ADMIN_KEY: 'first-key' })
    const url = await first.listening
    expect(first.output().stdout).not.toContain('first-key')
    expect((await call(url, 'first-key', '/devices')).status).toBe(200)
    first.child.kill('SIGTERM')
    await first.exited

    const second = start({ OPS_CENTER_ADMIN_KEY: 'second-key' })
    const again = await second.listening
    for (const key of ['first-key', 'second-key'])
      expect((await call(again, key, '/devices')).status).toBe(200)
    expect((await call(again, 'third-key', '/devices')).status).toBe(401)
  })

  it('has everything it answered with 201 after kill -9, and starts again at once', async () => {
    const env = { OPS_CENTER_ADMIN_KEY: 'the-key' }
    const first = start(env)
    const url = await first.listening
    const answered: string[] = []
    const writers = [0, 1, 2, 3].map(async (writer) => {
      for (let index = 0; ; index++) {
        const id = `d-${writer}-${index}`
        const created = await call(url, 'the-key', '/devices', { id, name: id, type: 'x' })
        const reading = await call(url, 'the-key', `/devices/${id}/metrics`, { index })
        if (created.status === 201 && reading.status === 201) answered.push(id)
        if (answered.length === 60) first.child.kill('SIGKILL')
      }
    })
    await Promise.allSettled(writers)
    expect((await first.exited).signal).toBe('SIGKILL')
    expect(answered.length).toBeGreaterThanOrEqual(60)

    const again = await start(env).listening
    for (const id of answered) {
      const kept: unknown = await (await call(again, 'the-key', `/devices/${id}/metrics`)).json()
      const metrics = { index: Number(id.split('-')[2]) }
      expect(kept, id).toMatchObject({ metrics: [{ device_id: id, metrics }] })
    }
  })
})

describe('ops-center start, when it cannot', () => {
  const failing = async (server: ServerProcess) => {
    const { code } = await server.exited
    const { stdout, stderr } = server.output()
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr.trim().split('\n')).toHaveLength(1)
    return stderr
  }

  it('says that the data folder is in use, by which process, and leaves that one alone', async () => {
    await fillDataFolder(dataDir)
    const first = start({ OPS_CENTER_ADMIN_KEY: 'the-key' })
    const url = await first.listening
    const message = await failing(start())
    expect(message).toContain(dataDir)
    expect(message).toContain(`process ${first.child.pid}`)
    expect((await call(url, 'the-key', '/devices')).status).toBe(200)
  })

  it('says that the port is taken, before it takes the time to open a database', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await failing(start({}, '--port', String(port)))).toContain(`Port ${port}`)
    await expect(stat(join(dataDir, 'database'))).rejects.toThrow('ENOENT')
    other.close()
  })

  it('says that the data folder cannot be written', async () => {
    await writeFile(join(dataDir, 'file'), '')
    const folder = join(dataDir, 'file', 'below')
    const server = startProcess(['start', '--data-dir', folder])
    started.push(server)
    expect(await failing(server)).toContain(folder)
  })

  it.each([
    [{ OPS_CENTER_PORT: 'http' }, 'OPS_CENTER_PORT'],
    [{ OPS_CENTER_LOG_LEVEL: 'loud' }, 'OPS_CENTER_LOG_LEVEL'],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
  ])('names the setting that is not valid (%j)', async (env, name) => {
    expect(await failing(start(env))).toContain(name)
  })

  it('says that the database of DATABASE_URL cannot be reached, without the password', async () => {
    const message = await failing(start({ DATABASE_URL: 'postgres://ops:hush@127.0.0.1:1/ops' }))
    expect(message).toContain('DATABASE_URL')
    expect(message).not.toContain('hush')
  })

  it('ends, whatever it had started by then', async () => {
    await fillDataFolder(dataDir)
    await mkdir(join(dataDir, 'secret-key'))
    const server = start()
    expect((await server.exited).code).toBe(1)
    expect(server.output().stderr).toContain('EISDIR')
  })

  it('says that a trusted key cannot be read', async () => {
    expect(await failing(start({ OPS_CENTER_TRUSTED_KEYS: '/nope.pem' }))).toContain('/nope.pem')
  })

  it('explains itself when it is called wrongly', async () => {
    const wrong = startProcess(['begin'])
    started.push(wrong)
    expect((await wrong.exited).code).toBe(1)
    expect(wrong.output().stderr).toContain('Usage: ops-center start')
  })
})
