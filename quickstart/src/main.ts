import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import { listenForInterruption } from './interruption.js'
import { createLiveOutput } from './live-output.js'
import type { Output } from './output.js'
import { createPlainOutput } from './plain-output.js'
import { parseQuickstartOptions, type QuickstartOptions, USAGE } from './quickstart-options.js'
import { runQuickstart } from './run-quickstart.js'
import { terminalColors } from './view/colors.js'
import { ROOT } from './workspace.js'

/**
 * `npm start`, once the workspace is built.
 *
 * @returns The exit code: 0 when somebody stopped it, 1 when something failed.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseQuickstartOptions(args, process.env, ROOT)
    if (options === undefined) {
      process.stdout.write(`${USAGE}\n`)
      return 0
    }
    return await run(options)
  } catch (error) {
    // Known problems are told in a few words; a stack is for what nobody expected.
    console.error(error instanceof OpsError ? errorMessage(error) : error)
    return 1
  }
}

async function run(options: QuickstartOptions): Promise<number> {
  const output = createOutput(options)
  const interruption = listenForInterruption(() => {
    output.settle()
    console.error('Not waiting any longer: Ops-Center finishes on its own')
  })
  try {
    await runQuickstart(options, output, interruption)
    return 0
  } finally {
    interruption[Symbol.dispose]()
  }
}

function createOutput({ statusEvery }: QuickstartOptions): Output {
  const { stdout, env } = process
  const isLive = stdout.isTTY && env.TERM !== 'dumb'
  return isLive ? createLiveOutput(stdout, terminalColors(env)) : createPlainOutput(stdout, statusEvery)
}
