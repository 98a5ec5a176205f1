import { Argument, type Command, Option } from 'commander'
import { example } from './author-commands.js'
import { addPlatformOptions } from './platform/platform-options.js'

const GROUP = 'Set up:'

/** What is done once per machine. */
export function addSetupCommands(program: Command): void {
  program
    .command('login')
    .helpGroup(GROUP)
    .description('Keep address and key of an Ops-Center for this user')
    .addOption(new Option('--api-url <url>', 'Address of Ops-Center').env('OPS_CENTER_API_URL'))
    .addOption(
      new Option('--api-key <key>', 'Key to keep (default: asked for, or read from standard input)').env(
        'OPS_CENTER_API_KEY',
      ),
    )
    .addHelpText('after', example('login', 'login --api-url https://ops.example.com < key.txt'))
    .action(async (options) => (await import('./commands/login.js')).login(options))
  program
    .command('logout')
    .helpGroup(GROUP)
    .description('Forget the key that login kept')
    .addHelpText('after', example('logout'))
    .action(async () => (await import('./commands/login.js')).logout())
  addPlatformOptions(program.command('doctor').helpGroup(GROUP))
    .description('Check Node, network, Ops-Center, key and clock; say what to do')
    .option('--json', 'Print the report as JSON')
    .addHelpText('after', example('doctor', 'doctor --api-url https://ops.example.com'))
    .action(async (options) => (await import('./commands/doctor.js')).doctor(options))
  program
    .command('completion')
    .helpGroup(GROUP)
    .description('Print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'The shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      example(
        'completion bash >> ~/.bashrc',
        'completion zsh > ~/.zfunc/_ops-center-plugin',
        'completion fish > ~/.config/fish/completions/ops-center-plugin.fish',
      ),
    )
    .action(async (shell: 'bash' | 'zsh' | 'fish') =>
      (await import('./commands/completion.js')).completion(shell, program),
    )
}
