import { CliError, SilentFailure } from './cli-error.js'
import { createProgram } from './program.js'
import { noteColors } from './terminal/colors.js'
import { printNote } from './terminal/print.js'
import { wrapText } from './terminal/wrap-text.js'

/**
 * Runs one command line and resolves to the exit code; never rejects.
 *
 * @example process.exitCode = await run(['validate', '--json'])
 */
export async function run(argv: readonly string[]): Promise<number> {
  endQuietlyWithReader()
  const program = createProgram(argv[0])
  try {
    await program.parseAsync(argv, { from: 'user' })
    return 0
  } catch (error) {
    return report(error, argv.includes('--debug'))
  }
}

function report(error: unknown, debug: boolean): number {
  if (error instanceof SilentFailure) return 1
  if (isCommanderExit(error)) return error.exitCode
  const thrown = error instanceof Error ? error : new Error(String(error))
  const { columns } = process.stderr
  printNote(wrapText(`${noteColors.red('error')} ${thrown.message}`, columns, '  '))
  if (thrown instanceof CliError && thrown.fix !== undefined)
    printNote(wrapText(`  ${noteColors.cyan('fix')} ${thrown.fix}`, columns, '    '))
  if (debug) printNote(thrown.stack ?? '')
  else if (!hasCode(thrown))
    printNote(noteColors.dim('  Run it again with --debug to see where this comes from'))
  return 1
}

/** `ops-center-plugin list | head -1` closes our output; that is no failure. */
function endQuietlyWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

/** Commander signals both "help was shown" and "wrong usage" this way, and has already printed. */
function isCommanderExit(error: unknown): error is Error & { exitCode: number } {
  return error instanceof Error && error.name === 'CommanderError' && 'exitCode' in error
}

function hasCode(error: Error): boolean {
  return 'code' in error
}
