import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const DEBIAN_BINARIES = '/usr/lib/postgresql'

export interface BenchPostgres {
  url: string
  stop(): Promise<void>
}

/** A PostgreSQL server with its defaults, in a temporary folder; undefined on a machine without Debian's programs. */
export async function startPostgres(): Promise<BenchPostgres | undefined> {
  const [version] = (await readdir(DEBIAN_BINARIES).catch(() => [])).toSorted().toReversed()
  if (version === undefined) return undefined
  const bin = (name: string) => join(DEBIAN_BINARIES, version, 'bin', name)
  const folder = await mkdtemp(join(tmpdir(), 'ops-center-bench-'))
  const owner = await unprivilegedUser()
  if (owner) await chown(folder, owner.uid, owner.gid)
  await run(bin('initdb'), ['-D', join(folder, 'data'), '-U', 'ops', '-A', 'trust'], { ...owner })
  const port = await freePort()
  const settings = ['-h', '127.0.0.1', '-p', String(port), '-k', folder]
  const server = spawn(bin('postgres'), ['-D', join(folder, 'data'), ...settings], {
    ...owner,
    stdio: 'ignore',
  })
  const exited = once(server, 'exit')
  const ready = ['-h', '127.0.0.1', '-p', String(port)]
  for (let tries = 0; tries < 200; tries += 1) {
    const isReady = await run(bin('pg_isready'), ready).then(
      () => true,
      () => false,
    )
    if (isReady) break
    await sleep(100)
  }
  return {
    url: `postgres://ops@127.0.0.1:${port}/postgres`,
    async stop() {
      server.kill('SIGINT')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root, as containers often do. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (userInfo().uid !== 0) return undefined
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
  )
  return uid === undefined || gid === undefined ? undefined : { uid, gid }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
