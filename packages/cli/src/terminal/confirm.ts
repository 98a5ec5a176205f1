import { CliError } from '../cli-error.js'

/** Whether somebody is there to answer. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true && process.env.CI === undefined
}

/** Asks on a terminal; @throws CliError when the answer is no. */
export async function confirmOrStop(question: string): Promise<void> {
  const { confirm } = await import('@clack/prompts')
  if ((await confirm({ message: question })) === true) return
  throw new CliError('declined', 'Nothing was changed')
}
