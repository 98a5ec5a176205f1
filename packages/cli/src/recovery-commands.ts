import type { Command } from 'commander'
import { example } from './author-commands.js'
import { addPlatformOptions } from './platform/platform-options.js'

const GROUP = 'Run plugins:'
const JSON_HELP = "Print the platform's answer as JSON"

/** What somebody running plugins does when something went wrong, or has to be done now. */
export function addRecoveryCommands(program: Command): void {
  const add = (name: string) => addPlatformOptions(program.command(name).helpGroup(GROUP))
  add('deliveries')
    .description('Show what became of the latest events of a plugin')
    .argument('<id>', 'Id of the plugin')
    .option('--status <name>', 'Only those that are delivered, retrying, dead or ignored')
    .option('-n, --lines <count>', 'How many of the newest (default: 20)')
    .option('--json', JSON_HELP)
    .addHelpText('after', example('deliveries weather-monitor --status dead'))
    .action(async (id: string, options) => (await import('./commands/deliveries.js')).deliveries(id, options))
  add('replay')
    .description('Deliver the dead letters of a plugin again, or every event of a time range')
    .argument('<id>', 'Id of the plugin')
    .option('--since <time>', 'Every event from this time on that the plugin hears, delivered before or not')
    .option('--until <time>', 'Up to this time (default: now)')
    .option('--events <list>', 'Only these events, with commas: device.created,alert.*')
    .option('--json', 'Print how many as JSON')
    .addHelpText(
      'after',
      example('replay weather-monitor', 'replay weather-monitor --since 2026-01-27T10:00:00Z'),
    )
    .action(async (id: string, options) => (await import('./commands/replay.js')).replay(id, options))
  add('tasks')
    .description('List the scheduled tasks of a plugin, or the latest runs of one')
    .argument('<id>', 'Id of the plugin')
    .argument('[task]', 'Id of a task')
    .option('--json', JSON_HELP)
    .addHelpText('after', example('tasks weather-monitor train_model'))
    .action(async (id: string, task: string | undefined, options) =>
      (await import('./commands/tasks.js')).tasks(id, task, options),
    )
  add('run')
    .description('Run a task of a plugin now')
    .argument('<id>', 'Id of the plugin')
    .argument('<task>', 'Id of a scheduled task, or the name of one in the code')
    .option('--args <json>', 'What the task is given, as JSON (default: as it is scheduled)')
    .option('--json', JSON_HELP)
    .addHelpText('after', example(`run weather-monitor train_model --args '{"full": true}'`))
    .action(async (id: string, task: string, options) =>
      (await import('./commands/run-task.js')).runTask(id, task, options),
    )
}
