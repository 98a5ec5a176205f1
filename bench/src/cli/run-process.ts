import { spawn } from 'node:child_process'

/** Runs Node with these arguments as a whole process, start and end included; @throws Error when it fails. */
export function runNode(args: readonly string[], cwd: string): Promise<void> {
  const { NODE_OPTIONS: _, ...env } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`node ${args.join(' ')} ended with ${code}: ${stderr}`))
    })
  })
}
