import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { addAuthorCommands } from './author-commands.js'
import { addOperatorCommands } from './operator-commands.js'
import { addSetupCommands } from './setup-commands.js'

/** The command line as data; each command's code is loaded only when it runs, which keeps `--help` fast. */
export function createProgram(): Command {
  const program = new Command('ops-center-plugin')
    .description('Create, validate, build and publish Ops-Center plugins')
    .version(ownVersion(), '-V, --version', 'Print the version')
    .addOption(new Option('--debug', 'Show stack traces'))
    .exitOverride()
    .helpCommand(false)
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
  addAuthorCommands(program)
  addOperatorCommands(program)
  addSetupCommands(program)
  acceptDebugEverywhere(program)
  return program
}

function acceptDebugEverywhere(program: Command): void {
  for (const command of program.commands) {
    command.addOption(new Option('--debug', 'Show stack traces').hideHelp())
    acceptDebugEverywhere(command)
  }
}

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const found = /"version":\s*"([^"]+)"/.exec(text)
  return found?.[1] ?? 'unknown'
}
