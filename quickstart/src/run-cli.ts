import { execFile } from 'node:child_process'
import { OpsError } from '@ops-center/plugin-sdk'
import { CLI_BINARY } from './workspace.js'

/** Runs one command line of `ops-center-plugin`, and resolves with the JSON it prints. */
export type RunCli = (...args: readonly string[]) => Promise<unknown>

const MAX_OUTPUT_BYTES = 16 * 1_048_576

/**
 * A runner of the command `ops-center-plugin` against one Ops-Center. The key travels in the environment, where other
 * users of the machine cannot see it.
 *
 * @throws OpsError `cli_failed` with the command's own words; the signal's reason when it aborts.
 * @example const answer = await createCli({ url, apiKey }, signal)('list')
 */
export function createCli({ url, apiKey }: { url: string; apiKey: string }, signal: AbortSignal): RunCli {
  const env = { ...process.env, OPS_CENTER_API_URL: url, OPS_CENTER_API_KEY: apiKey, NO_COLOR: '1' }
  return (...args) =>
    new Promise((resolve, reject) => {
      const all = [CLI_BINARY, ...args, '--json']
      execFile(process.execPath, all, { env, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
        if (signal.aborted) reject(signal.reason)
        else if (error) reject(failure(args, error, `${stderr}${stdout}`))
        else resolve(parsed(args, stdout, reject))
      }).stdin?.end()
    })
}

function failure(args: readonly string[], error: Error, output: string): OpsError {
  const words = output.trim() === '' ? error.message : output.trim()
  return new OpsError('cli_failed', `ops-center-plugin ${args.join(' ')} failed:\n${words}`, { cause: error })
}

function parsed(args: readonly string[], stdout: string, reject: (error: unknown) => void): unknown {
  try {
    return JSON.parse(stdout)
  } catch (error) {
    const words = `ops-center-plugin ${args.join(' ')} did not print JSON: ${stdout.slice(0, 200)}`
    reject(new OpsError('cli_failed', words, { cause: error }))
    return undefined
  }
}
