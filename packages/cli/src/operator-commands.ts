import { Argument, type Command } from 'commander'
import { example } from './author-commands.js'
import { addPlatformOptions } from './platform/platform-options.js'

const GROUP = 'Run plugins:'
const JSON_HELP = "Print the platform's answer as JSON"

/** What somebody running plugins does. */
export function addOperatorCommands(program: Command): void {
  const add = (name: string) => addPlatformOptions(program.command(name).helpGroup(GROUP))
  add('install')
    .description('Install a plugin from the marketplace')
    .argument('<id>', 'Id of the plugin, with @version for a certain one')
    .option('--config <key=value...>', 'Settings to begin with')
    .option('--permissions <list>', 'Permissions to grant, with commas (default: those it asks for)')
    .option('--enable', 'Enable it at once')
    .option('--with-dependencies', 'Install the plugins that it needs first, with all they ask for')
    .option(
      '--remote [url]',
      'Where a plugin that runs somewhere else is (default: as in its manifest); its secret is read from OPS_PLUGIN_SECRET',
    )
    .option('-y, --yes', 'Grant what it asks for without a question')
    .option('--json', JSON_HELP)
    .addHelpText('after', example('install weather-monitor@1.0.0 --enable'))
    .action(async (id: string, options) => (await import('./commands/install.js')).install(id, options))
  add('list')
    .description('List installed plugins')
    .option('--json', JSON_HELP)
    .addHelpText('after', example('list', 'list --json'))
    .action(async (options) => (await import('./commands/list.js')).list(options))
  add('enable')
    .description('Start a plugin: its hooks, routes and tasks')
    .argument('<id>', 'Id of the plugin')
    .option('--json', JSON_HELP)
    .addHelpText('after', example('enable weather-monitor'))
    .action(async (id: string, options) => (await import('./commands/enable.js')).enable(id, options))
  add('disable')
    .description('Stop a plugin and keep its data')
    .argument('<id>', 'Id of the plugin')
    .option('--json', JSON_HELP)
    .addHelpText('after', example('disable weather-monitor'))
    .action(async (id: string, options) => (await import('./commands/disable.js')).disable(id, options))
  add('update')
    .description('Update a plugin to the newest version, or to a certain one')
    .argument('<id>', 'Id of the plugin, with @version for a certain one')
    .option('--grant <list>', 'Permissions to grant in addition, with commas')
    .option('-y, --yes', 'Grant whatever the new version asks for in addition')
    .option('--json', JSON_HELP)
    .addHelpText('after', example('update weather-monitor@1.1.0 --grant alerts:write'))
    .action(async (id: string, options) => (await import('./commands/update.js')).update(id, options))
  add('rollback')
    .description('Go back to the version before the last update, with the permissions it had')
    .argument('<id>', 'Id of the plugin')
    .option('--grant <list>', 'Permissions to grant, with commas, where it asks for more than there are now')
    .option('-y, --yes', 'Grant whatever it asks for in addition')
    .option('--json', JSON_HELP)
    .addHelpText('after', example('rollback weather-monitor'))
    .action(async (id: string, options) => (await import('./commands/rollback.js')).rollback(id, options))
  add('remote')
    .description('Link a plugin that runs somewhere else at another address, or with another secret')
    .argument('<id>', 'Id of the plugin')
    .argument('[url]', 'Where it is (default: where it was); its secret is read from OPS_PLUGIN_SECRET')
    .option('--json', JSON_HELP)
    .addHelpText('after', example('remote weather-monitor https://weather.example.com'))
    .action(async (id: string, url: string | undefined, options) =>
      (await import('./commands/remote.js')).remote(id, url, options),
    )
  add('uninstall')
    .description('Remove a plugin')
    .argument('<id>', 'Id of the plugin')
    .option('--purge', 'Delete its data too')
    .option('-y, --yes', 'Ask nothing')
    .option('--json', JSON_HELP)
    .addHelpText('after', example('uninstall weather-monitor --purge'))
    .action(async (id: string, options) => (await import('./commands/uninstall.js')).uninstall(id, options))
  addConfigCommand(program)
  add('health')
    .description('Show how a plugin is: its state, process, queues and checks; fails unless it is healthy')
    .argument('<id>', 'Id of the plugin')
    .option('--json', JSON_HELP)
    .addHelpText('after', example('health weather-monitor'))
    .action(async (id: string, options) => (await import('./commands/health.js')).health(id, options))
  add('logs')
    .description('Print what a plugin wrote to its log')
    .argument('<id>', 'Id of the plugin')
    .option('-f, --follow', 'Wait for more')
    .option('-n, --lines <count>', 'How many of the newest lines (default: 100)')
    .option('--level <name>', 'Lowest level: debug, info, warning, error or critical')
    .option('--json', 'Print each entry as one line of JSON')
    .addHelpText('after', example('logs weather-monitor -f --level warning'))
    .action(async (id: string, options) => (await import('./commands/logs.js')).logs(id, options))
}

function addConfigCommand(program: Command): void {
  const config = program
    .command('config')
    .helpGroup(GROUP)
    .helpCommand(false)
    .description("Read and change a plugin's settings")
  addPlatformOptions(config.command('get'))
    .description('Print all settings, or one')
    .argument('<id>', 'Id of the plugin')
    .argument('[key]', 'Setting, such as smtp.host')
    .option('--json', 'Print as JSON')
    .addHelpText('after', example('config get weather-monitor smtp.host'))
    .action(async (id: string, key: string | undefined, options) =>
      (await import('./commands/config.js')).getConfig(id, key, options),
    )
  addPlatformOptions(config.command('set'))
    .description('Change settings; numbers, true, false, null, lists and objects are read as JSON')
    .argument('<id>', 'Id of the plugin')
    .addArgument(new Argument('<key=value...>', 'Settings, such as smtp.port=587'))
    .option('--json', JSON_HELP)
    .addHelpText('after', example('config set weather-monitor threshold=80 smtp.host=mail.example.com'))
    .action(async (id: string, settings: string[], options) =>
      (await import('./commands/config.js')).setConfig(id, settings, options),
    )
}
