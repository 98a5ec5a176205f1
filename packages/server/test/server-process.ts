import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export const BINARY = fileURLToPath(new URL('../bin/ops-center.js', import.meta.url))

/** `ops-center` as a process of its own, as an operator starts it. */
export interface ServerProcess {
  readonly child: ChildProcess
  /** Everything printed so far. */
  output(): { stdout: string; stderr: string }
  /** Resolves with the address, once it is printed. */
  readonly listening: Promise<string>
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export function startProcess(args: string[], env: Record<string, string> = {}): ServerProcess {
  const child = spawn(process.execPath, [BINARY, ...args], {
    env: { PATH: process.env.PATH ?? '', OPS_CENTER_PORT: '0', OPS_CENTER_LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      const url = /running at (\S+)/.exec(stdout)?.[1]
      if (url !== undefined && stdout.endsWith('\n')) resolve(url)
    })
    void exited.then(() => reject(new Error(`ops-center ended: ${stderr}`)))
  })
  listening.catch(() => undefined)
  return { child, output: () => ({ stdout, stderr }), listening, exited }
}
