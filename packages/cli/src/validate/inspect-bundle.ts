import { fork } from 'node:child_process'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PluginBundle } from '../build/bundle-plugin.js'

/** What loading a bundle in a process of its own showed. */
export type InspectMessage =
  | { readonly kind: 'manifest'; readonly manifest: unknown }
  | { readonly kind: 'no_plugin'; readonly exports: readonly string[] }
  | { readonly kind: 'threw'; readonly message: string; readonly stack: string }

export type InspectResult =
  | InspectMessage
  | { readonly kind: 'timed_out'; readonly limit: number }
  | { readonly kind: 'exited'; readonly code: number | null; readonly stderr: string }

const OUTPUT_LIMIT = 64 * 1024

/**
 * Loads a bundle in a child process and asks its plugin for its manifest. The plugin's own output cannot disturb
 * the answer, which travels over a channel of its own; after `limit` milliseconds the process is killed.
 */
export async function inspectBundle(
  bundle: PluginBundle,
  folder: string,
  limit = 15_000,
): Promise<InspectResult> {
  const temporary = await realpath(await mkdtemp(join(tmpdir(), 'ops-center-plugin-')))
  try {
    const file = join(temporary, 'main.js')
    await writeFile(join(temporary, 'package.json'), '{"type":"module"}')
    await writeFile(file, bundle.code)
    await writeFile(`${file}.map`, bundle.map)
    const result = await runChild(file, folder, limit)
    if (result.kind !== 'threw') return result
    return {
      ...result,
      stack: result.stack.replaceAll(`file://${temporary}/`, '').replaceAll(`${temporary}/`, ''),
    }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

function runChild(file: string, folder: string, limit: number): Promise<InspectResult> {
  const script = fileURLToPath(new URL('../validate/inspect-child.js', import.meta.url))
  const { OPS_PLUGIN_HOST: _, ...env } = process.env
  return new Promise((resolve, reject) => {
    const child = fork(script, [file], {
      cwd: folder,
      env: { ...env, NODE_OPTIONS: '' },
      execArgv: ['--enable-source-maps', '--no-warnings'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let stderr = ''
    let answer: InspectResult | undefined
    const timer = setTimeout(() => {
      answer = { kind: 'timed_out', limit }
      child.kill('SIGKILL')
    }, limit)
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderr.length < OUTPUT_LIMIT) stderr += chunk.toString()
    })
    child.on('message', (message: InspectMessage) => {
      answer ??= message
      child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(answer ?? { kind: 'exited', code, stderr: stderr.trim() })
    })
  })
}
