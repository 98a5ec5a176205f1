import { type Command, Option } from 'commander'
import { addPlatformOptions } from './platform/platform-options.js'

const FOLDER = 'Folder of the plugin'
const GROUP = 'Write a plugin:'

const WHAT_INIT_WRITES = `
What a plugin begins with:
  backend    depends on its category
               security, automation               acknowledges alerts
               integration, networking,
               development                        forwards alerts to a web hook
               analytics, storage, ai             sums up readings in a report
               others                             watches a threshold
  frontend   a widget for the dashboard of the console
  hybrid     that widget, and the code that watches a threshold
  container  that code, with a server and a Dockerfile to run it elsewhere`

/** What somebody writing a plugin does. */
export function addAuthorCommands(program: Command): void {
  program
    .command('init')
    .helpGroup(GROUP)
    .description('Create a plugin that validates, tests and builds as generated')
    .argument('[id]', 'Id of the plugin: lower-case letters, digits and hyphens')
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
      `${WHAT_INIT_WRITES}\n${example('init weather-monitor --category monitoring --yes')}`,
    )
    .action(async (id: string | undefined, options) => (await import('./commands/init.js')).init(id, options))
  program
    .command('dev')
    .helpGroup(GROUP)
    .description('Run the plugin from source in an Ops-Center of its own; reload on save')
    .addOption(new Option('--path <folder>', FOLDER).default('.', 'here'))
    .option('--port <number>', 'Where Ops-Center listens (default: 8000, or a free one)')
    .option('--data-dir <folder>', 'Keep devices, alerts and storage there (default: forget them)')
    .option('--inspect [host:port]', 'Let a debugger in (default: 127.0.0.1:9229)')
    .option('--verbose', 'Show debug lines too')
    .addHelpText('after', example('dev', 'dev --path weather-monitor --inspect'))
    .action(async (options) => (await import('./commands/dev.js')).dev(options))
  program
    .command('validate')
    .helpGroup(GROUP)
    .description('Check manifest, files, permissions and code; every problem with file, line and fix')
    .addOption(new Option('--path <folder>', FOLDER).default('.', 'here'))
    .option('--json', 'Print the report as JSON')
    .option('--strict', 'Fail on warnings too')
    .option('--fix', 'Write into plugin.yaml first what the code says: hooks, routes, missing values')
    .addHelpText('after', example('validate --path weather-monitor --strict', 'validate --fix'))
    .action(async (options) => (await import('./commands/validate.js')).validate(options))
  program
    .command('build')
    .helpGroup(GROUP)
    .description('Validate, bundle and pack into <id>-<version>.tar.gz with its checksum')
    .addOption(new Option('--path <folder>', FOLDER).default('.', 'here'))
    .option('--output <folder>', 'Where the package goes (default: dist in the plugin folder)')
    .option('--json', 'Print the result as JSON')
    .option('--strict', 'Fail on warnings too')
    .addHelpText('after', example('build --path weather-monitor --output packages'))
    .action(async (options) => (await import('./commands/build.js')).build(options))
  addSigningCommands(program)
  addPlatformOptions(program.command('publish').helpGroup(GROUP))
    .description('Upload the newest package to the marketplace')
    .option('--path <path>', 'Package, or folder with packages (default: dist)')
    .option('--changelog <text>', 'What is new in this version')
    .option('--dry-run', 'Check everything and upload nothing')
    .option('--json', "Print the platform's answer as JSON")
    .addHelpText(
      'after',
      example('publish --path weather-monitor/dist --changelog "First version"', 'publish --dry-run'),
    )
    .action(async (options) => (await import('./commands/publish.js')).publish(options))
}

function addSigningCommands(program: Command): void {
  program
    .command('keygen')
    .helpGroup(GROUP)
    .description('Make an Ed25519 key pair to sign packages with')
    .option('--output <file>', 'Private key to write (default: signing-key.pem in your settings folder)')
    .option('--json', 'Print the result as JSON')
    .addHelpText('after', example('keygen', 'keygen --output team.pem'))
    .action(async (options) => (await import('./commands/keygen.js')).keygen(options))
  program
    .command('sign')
    .helpGroup(GROUP)
    .description('Write an Ed25519 signature beside a package')
    .argument('[package]', 'Package, or folder with packages (default: dist)')
    .addOption(
      new Option('--key <file>', 'Private key (default: that of keygen)').env('OPS_CENTER_SIGNING_KEY'),
    )
    .option('--json', 'Print the result as JSON')
    .addHelpText('after', example('sign dist/weather-monitor-1.0.0.tar.gz --key team.pem'))
    .action(async (path: string | undefined, options) =>
      (await import('./commands/sign.js')).sign(path, options),
    )
  program
    .command('verify')
    .helpGroup(GROUP)
    .description("Check a package's checksum, signature and archive")
    .argument('[package]', 'Package, or folder with packages (default: dist)')
    .option('--key <file>', "The publisher's public key")
    .option('--json', 'Print the result as JSON')
    .addHelpText('after', example('verify weather-monitor-1.0.0.tar.gz --key team.pub.pem'))
    .action(async (path: string | undefined, options) =>
      (await import('./commands/verify.js')).verify(path, options),
    )
}

/** A help text's example. */
export function example(...lines: readonly string[]): string {
  return `\nExample${lines.length === 1 ? '' : 's'}:\n${lines.map((line) => `  $ ops-center-plugin ${line}`).join('\n')}`
}
