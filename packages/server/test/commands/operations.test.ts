import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fillDataFolder } from '../database/test-database.js'
import { type ServerProcess, startProcess } from '../server-process.js'

// Each command opens a PostgreSQL; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000 })

let folder: string
let started: ServerProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ops-operations-'))
})
afterEach(async () => {
  for (const { child, exited } of started) {
    child.kill('SIGKILL')
    await exited
  }
  started = []
  await rm(folder, { recursive: true, force: true })
})

const run = (args: string[], env: Record<string, string> = {}) => {
  const server = startProcess(args, env)
  started.push(server)
  return server
}
const finish = async (args: string[], env: Record<string, string> = {}) => {
  const server = run(args, env)
  const { code } = await server.exited
  return { code, ...server.output() }
}

describe('ops-center config check', () => {
  it('shows each setting with where it comes from, and no secret', async () => {
    const file = join(folder, 'ops-center.yaml')
    await writeFile(file, 'log_format: json\ndata_dir: /srv/ops\n')
    const { code, stdout } = await finish(['config', 'check', '--config', file], {
      OPS_CENTER_ADMIN_KEY: 'hush',
      DATABASE_URL: 'postgres://ops:hush@db/ops',
    })
    expect(code).toBe(0)
    expect(stdout).toContain(`OPS_CENTER_LOG_FORMAT = "json" (${file})`)
    expect(stdout).toContain('DATABASE_URL = "postgres://ops:***@db/ops" (DATABASE_URL)')
    expect(stdout).toContain('OPS_CENTER_HOST = "127.0.0.1" (default)')
    expect(stdout).not.toContain('hush')
  })

  it('lists everything that is wrong, and ends with 1', async () => {
    const { code, stdout } = await finish(['config', 'check'], {
      OPS_CENTER_PORT: 'http',
      OPS_CENTER_RATE_LIMIT: 'many',
      OPS_CENTER_TRUSTED_KEYS: join(folder, 'missing.pem'),
      OPS_CENTER_REQUIRE_SIGNATURE: 'true',
    })
    expect(code).toBe(1)
    expect(stdout.match(/^Error: .*$/gm)).toEqual([
      expect.stringContaining('OPS_CENTER_PORT="http"'),
      expect.stringContaining('OPS_CENTER_RATE_LIMIT="many"'),
      expect.stringContaining('missing.pem'),
    ])
  })
})

describe('ops-center backup and restore', () => {
  it('carry everything into a new data folder, and are refused while a server runs', async () => {
    const [first, second, file] = ['first', 'second', 'backup.tar.gz'].map((name) => join(folder, name))
    if (first === undefined || second === undefined || file === undefined) throw new Error('unreachable')
    const env = { OPS_CENTER_ADMIN_KEY: 'the-key' }
    const headers = { authorization: 'Bearer the-key', 'content-type': 'application/json' }
    await mkdir(first)
    await fillDataFolder(first)
    const server = run(['start', '--data-dir', first], env)
    const url = await server.listening
    const body = JSON.stringify({ id: 'kept', name: 'Kept', type: 'pump' })
    expect((await fetch(`${url}/api/v1/devices`, { method: 'POST', headers, body })).status).toBe(201)
    const refused = await finish(['backup', file, '--data-dir', first])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('is in use by process')])
    server.child.kill('SIGTERM')
    await server.exited

    expect(await finish(['backup', file, '--data-dir', first])).toMatchObject({ code: 0, stderr: '' })
    expect(await finish(['restore', file, '--data-dir', second])).toMatchObject({ code: 0, stderr: '' })
    const again = await finish(['restore', file, '--data-dir', second])
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('in use already')])

    const restored = run(['start', '--data-dir', second])
    const answer = await fetch(`${await restored.listening}/api/v1/devices/kept`, { headers })
    expect(await answer.json()).toMatchObject({ id: 'kept', name: 'Kept' })
  })
})
