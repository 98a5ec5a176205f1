import { CliError } from '../cli-error.js'
import { createPlatformClient, pathSegment } from '../platform/platform-client.js'
import { parsePluginId } from '../platform/plugin-reference.js'
import { colors } from '../terminal/colors.js'
import { print, printJson } from '../terminal/print.js'
import type { VerbOptions } from './change-state.js'

export interface RunTaskOptions extends VerbOptions {
  readonly args?: string
}

/** `run <id> <task>`: runs a task of a plugin now. */
export async function runTask(reference: string, task: string, options: RunTaskOptions): Promise<void> {
  const { args, json = false, ...platform } = options
  const id = parsePluginId(reference)
  const body = args === undefined ? {} : { args: parseArgs(args) }
  const client = createPlatformClient(platform)
  const path = `/plugins/${pathSegment(id)}/tasks/${pathSegment(task)}/run`
  const answer = await client.request('POST', path, { json: body })
  if (json) {
    printJson(answer)
    return
  }
  print(`${colors.green('queued')} ${task} of ${id}`)
  print(`  next     ops-center-plugin tasks ${id} ${task}`)
}

function parseArgs(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CliError('args_invalid', `--args is ${JSON.stringify(text)}: expected JSON`, {
      fix: `Write it as JSON, such as --args '{"full": true}'`,
      cause,
    })
  }
}
