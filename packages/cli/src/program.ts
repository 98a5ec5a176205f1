import { Command, Option } from 'commander'
import { addAuthorCommands } from './author-commands.js'
import { addOperatorCommands } from './operator-commands.js'
import { addRecoveryCommands } from './recovery-commands.js'
import { addSetupCommands } from './setup-commands.js'
import { ownVersion } from './terminal/own-version.js'

/** In the order of the help text; completion, which looks at all of them, is in the last. */
const GROUPS = [addAuthorCommands, addOperatorCommands, addRecoveryCommands, addSetupCommands]

/**
 * The command line as data; each command's code is loaded only when it runs, which keeps `--help` fast.
 *
 * @param wanted The command that will run, if it is known: groups behind its own are left out.
 */
export function createProgram(wanted?: string): Command {
  const program = new Command('ops-center-plugin')
    .description('Create, validate, build and publish Ops-Center plugins')
    .version(ownVersion(), '-V, --version', 'Print the version')
    .addOption(new Option('--debug', 'Show stack traces'))
    .exitOverride()
    .helpCommand(false)
    .helpOption('-h, --help', 'Show this help')
    .enablePositionalOptions()
    .showHelpAfterError('Run it with --help to see how it is used')
    .addHelpText(
      'after',
      `
Examples:
  $ ops-center-plugin init weather-monitor --category monitoring
  $ ops-center-plugin validate --path weather-monitor
  $ ops-center-plugin build --path weather-monitor
  $ ops-center-plugin publish --path weather-monitor/dist`,
    )
  for (const addGroup of GROUPS) {
    addGroup(program)
    if (program.commands.some((command) => command.name() === wanted)) break
  }
  acceptDebugEverywhere(program)
  return program
}

function acceptDebugEverywhere(program: Command): void {
  for (const command of program.commands) {
    command.addOption(new Option('--debug', 'Show stack traces').hideHelp())
    acceptDebugEverywhere(command)
  }
}
