import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { errorMessage, OpsError, parseDuration } from '@ops-center/plugin-sdk'

/** How one run of the quick start behaves. */
export interface QuickstartOptions {
  /** Milliseconds between two readings of this machine. */
  readonly interval: number
  /** Milliseconds between two status lines when there is no terminal. */
  readonly statusEvery: number
  /** Folder of everything that Ops-Center keeps; absolute. */
  readonly dataDir: string
  /** Admin key from the environment; undefined when Ops-Center makes its own. */
  readonly adminKey: string | undefined
}

export const USAGE = `Usage: npm start -- [--interval 1s] [--status-every 10s]

Starts Ops-Center, sends this machine's readings to it, and runs the plugin device-anomaly-detector on them.

  --interval <time>      Between two readings, at least 50ms (default 1s)
  --status-every <time>  Between two lines of status without a terminal, at least 100ms (default 10s)
  --no-build             The workspace is built already

Settings from the environment: OPS_CENTER_PORT (8000), OPS_CENTER_HOST, OPS_CENTER_DATA_DIR (.ops-center),
DATABASE_URL, OPS_CENTER_ADMIN_KEY, NO_COLOR`

/**
 * The options of a command line; undefined when it asks for help.
 *
 * @param folder Where the data folder is when nothing else is set, and what a relative one is relative to.
 * @throws OpsError `usage_invalid` naming what is wrong and what is expected.
 */
export function parseQuickstartOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): QuickstartOptions | undefined {
  const values = readArguments(args)
  if (values.help) return undefined
  return {
    interval: timeOf('--interval', values.interval, 50),
    statusEvery: timeOf('--status-every', values['status-every'], 100),
    dataDir: resolve(folder, env.OPS_CENTER_DATA_DIR || '.ops-center'),
    adminKey: env.OPS_CENTER_ADMIN_KEY || undefined,
  }
}

function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        interval: { type: 'string', default: '1s' },
        'status-every': { type: 'string', default: '10s' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values
  } catch (error) {
    throw new OpsError('usage_invalid', `${errorMessage(error)}\n${USAGE}`, { cause: error })
  }
}

function timeOf(name: string, text: string, least: number): number {
  const ms = millisecondsOf(text)
  // Longer than a day is a mistake, and longer than 24 days no timer can wait.
  if (ms !== undefined && ms >= least && ms <= 86_400_000) return ms
  throw new OpsError('usage_invalid', `${name} is ${text}: expected a time from ${least}ms to 1d, such as 1s`)
}

function millisecondsOf(text: string): number | undefined {
  try {
    return parseDuration(/^\d+$/.test(text) ? Number(text) : text)
  } catch {
    return undefined
  }
}
