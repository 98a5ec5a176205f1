import { type Command, Option } from 'commander'
import { addPlatformOptions } from './platform/platform-options.js'

const FOLDER = 'Folder of the plugin'

/** What somebody writing a plugin does. */
export function addAuthorCommands(program: Command): void {
  program
    .command('init')
    .helpGroup('Write a plugin:')
    .description('Create a plugin that validates, tests and builds as generated')
    .argument('<id>', 'Id of the plugin: lower-case letters, digits and hyphens')
    .option('--name <text>', 'Name shown to people')
    .option('--description <text>', 'What the plugin does')
    .option('--author <text>', 'Who writes it')
    .option('--category <name>', 'Shelf of the marketplace, such as monitoring')
    .option('--type <name>', 'backend, frontend, hybrid or container')
    .option('--version <semver>', 'First version, such as 1.0.0')
    .option('--license <spdx>', 'License, such as Apache-2.0')
    .option('-y, --yes', 'Ask nothing, use defaults for what is missing')
    .addHelpText(
      'after',
      example('init weather-monitor --name "Weather Monitor" --category monitoring --yes'),
    )
    .action(async (id: string, options) => (await import('./commands/init.js')).init(id, options))
  program
    .command('validate')
    .helpGroup('Write a plugin:')
    .description('Check manifest, files, permissions and code; every problem with file, line and fix')
    .addOption(new Option('--path <folder>', FOLDER).default('.'))
    .option('--json', 'Print the report as JSON')
    .option('--strict', 'Fail on warnings too')
    .addHelpText('after', example('validate --path weather-monitor --strict'))
    .action(async (options) => (await import('./commands/validate.js')).validate(options))
  program
    .command('build')
    .helpGroup('Write a plugin:')
    .description('Validate, bundle and pack into <id>-<version>.tar.gz with its checksum')
    .addOption(new Option('--path <folder>', FOLDER).default('.'))
    .option('--output <folder>', 'Where the package goes (default: dist in the plugin folder)')
    .option('--json', 'Print the result as JSON')
    .option('--strict', 'Fail on warnings too')
    .addHelpText('after', example('build --path weather-monitor --output packages'))
    .action(async (options) => (await import('./commands/build.js')).build(options))
  addPlatformOptions(program.command('publish').helpGroup('Write a plugin:'))
    .description('Upload the newest package to the marketplace')
    .option('--path <path>', 'Package, or folder with packages (default: dist)')
    .option('--changelog <text>', 'What is new in this version')
    .option('--json', "Print the platform's answer as JSON")
    .addHelpText('after', example('publish --path weather-monitor/dist --changelog "First version"'))
    .action(async (options) => (await import('./commands/publish.js')).publish(options))
}

/** A help text's example. */
export function example(...lines: readonly string[]): string {
  return `\nExample:\n${lines.map((line) => `  $ ops-center-plugin ${line}`).join('\n')}`
}
