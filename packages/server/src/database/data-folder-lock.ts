import { createHash } from 'node:crypto'
import { link, mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'

/** Kernels refuse longer socket paths (108 bytes on Linux, 104 on macOS, one of them for the final NUL). */
const MAX_SOCKET_PATH = 103
const OWNER_ANSWER_MS = 250

/** Held until {@link DataFolderLock.release}, or until the process is gone, however it ends. */
export interface DataFolderLock {
  release(): Promise<void>
}

/**
 * Takes a data folder for this process, creating the folder when needed.
 *
 * The lock is a listening Unix socket: the kernel closes it with its process, so after `kill -9` the next start
 * sees that nobody answers and takes over at once, and a process id used again cannot be mistaken for the owner.
 *
 * @throws OpsError `data_folder_in_use` when a live process has it, `data_folder_not_writable` otherwise.
 * @example const lock = await lockDataFolder('.ops-center')
 */
export async function lockDataFolder(folder: string): Promise<DataFolderLock> {
  await makeWritable(folder)
  const path = await socketPath(folder)
  const own = join(dirname(path), `.lock-${process.pid}-${Date.now().toString(36)}`.slice(0, 24))
  const server = await listen(own).catch((cause: unknown) => {
    throw notWritable(folder, cause)
  })
  try {
    await claim(own, path, folder)
  } catch (error) {
    await closeServer(server)
    await rm(own, { force: true })
    throw error
  }
  await rm(own, { force: true })
  server.unref()
  return {
    async release() {
      await rm(path, { force: true })
      await closeServer(server)
    },
  }
}

async function makeWritable(folder: string): Promise<void> {
  const probe = join(folder, `.write-${process.pid}`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(probe, '')
    await rm(probe)
  } catch (cause) {
    throw notWritable(folder, cause)
  }
}

function notWritable(folder: string, cause: unknown): OpsError {
  return new OpsError(
    'data_folder_not_writable',
    `The data folder ${folder} is not writable (${errorMessage(cause)}): choose another with --data-dir or OPS_CENTER_DATA_DIR`,
    { cause },
  )
}

/** Inside the folder, so that it also holds between containers that share it; elsewhere only if that is too long. */
async function socketPath(folder: string): Promise<string> {
  const real = await realpath(folder)
  const inside = join(real, 'lock.sock')
  const longest = join(real, '.lock-0000000-00000000000')
  if (Buffer.byteLength(longest) <= MAX_SOCKET_PATH) return inside
  const name = createHash('sha256').update(real).digest('hex').slice(0, 16)
  return join(tmpdir(), `ops-center-${name}.sock`)
}

/** Puts the listening socket `own` at `path`. Linking is atomic: of two processes that try, one sees the other. */
async function claim(own: string, path: string, folder: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await linked(own, path)) return
    const owner = await ownerOf(path)
    if (owner !== undefined) throw inUse(folder, owner)
    await removeAbandoned(path, own)
  }
  throw inUse(folder, '')
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Moves an abandoned socket away, and back if another process took the lock between the look and the move. */
async function removeAbandoned(path: string, own: string): Promise<void> {
  const aside = `${own}x`
  await rename(path, aside).catch(() => undefined)
  if ((await ownerOf(aside)) !== undefined) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

function inUse(folder: string, owner: string): OpsError {
  const who = owner === '' ? 'another process' : `process ${owner}`
  return new OpsError(
    'data_folder_in_use',
    `The data folder ${folder} is in use by ${who}: stop it, or choose another folder with --data-dir or OPS_CENTER_DATA_DIR`,
  )
}

/** What the owner answers (its process id, or nothing when it is too busy); undefined when nobody listens. */
function ownerOf(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = ''
    let connected = false
    const socket = connect(path)
    const timer = setTimeout(() => socket.destroy(), OWNER_ANSWER_MS)
    socket.setEncoding('utf8')
    socket.on('connect', () => {
      connected = true
    })
    socket.on('data', (text) => {
      answer += String(text)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(connected ? answer.trim() : undefined)
    })
  })
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.end(`${process.pid}\n`)
    })
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
