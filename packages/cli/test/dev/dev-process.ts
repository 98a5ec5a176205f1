import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'

const BIN = fileURLToPath(new URL('../../bin/ops-center-plugin.js', import.meta.url))
/** A busy machine takes its time to start a platform. */
const PATIENCE = 60_000

/** `dev`, running as its author runs it, without a terminal. */
export interface DevProcess {
  readonly url: string
  readonly key: string
  /** Waits for a line that was not seen before; resolves to all that was printed up to and with it. */
  until(line: RegExp): Promise<string>
  /** Everything printed so far. */
  output(): string
  request(path: string, init?: RequestInit): Promise<Response>
  stop(): Promise<number | null>
}

export async function startDev(folder: string, ...args: string[]): Promise<DevProcess> {
  const child = spawn(process.execPath, [BIN, 'dev', '--port', '0', ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', OPS_CENTER_CONFIG_DIR: join(folder, '.no-config') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let read = 0
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  const until = (line: RegExp) =>
    vi.waitFor(
      () => {
        const rest = output.slice(read)
        const found = line.exec(rest)
        if (found === null) throw new Error(`${line} was not printed; after the last line came:\n${rest}`)
        read += found.index + found[0].length
        return rest.slice(0, found.index + found[0].length)
      },
      { timeout: PATIENCE, interval: 20 },
    )
  const stop = () => {
    child.kill('SIGTERM')
    return exited
  }
  try {
    const started = await until(/ready {4}(\S+).*\n +key +(\S+)\n/)
    const [, url = '', key = ''] = /ready {4}(\S+).*\n +key +(\S+)\n/.exec(started) ?? []
    const request = (path: string, init: RequestInit = {}) =>
      fetch(`${url}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      })
    return { url, key, until, output: () => output, request, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
