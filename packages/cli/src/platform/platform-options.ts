import { type Command, Option } from 'commander'

/** Which platform a command talks to, as commander hands it over. */
export interface PlatformOptions {
  readonly apiUrl?: string
  readonly apiKey?: string
}

/** Adds `--api-url` and `--api-key` with their environment variables. */
export function addPlatformOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--api-url <url>',
        'Address of Ops-Center (default: where you are logged in, else http://localhost:8000)',
      ).env('OPS_CENTER_API_URL'),
    )
    .addOption(new Option('--api-key <key>', 'Key to use').env('OPS_CENTER_API_KEY'))
}
