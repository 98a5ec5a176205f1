import { parseArgs } from 'node:util'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from './options.js'
import { SERVER_VERSION } from './server-version.js'
import type { SettingSources } from './settings/read-settings.js'
import { readSettingsFile } from './settings/settings-file.js'

const USAGE = `Usage: ops-center start           [--port 8000] [--host 127.0.0.1]
       ops-center config check
       ops-center backup <file.tar.gz>
       ops-center restore <file.tar.gz>

All of them take --data-dir .ops-center and --config ops-center.yaml.
Settings from the environment: OPS_CENTER_PORT, OPS_CENTER_HOST, OPS_CENTER_DATA_DIR, DATABASE_URL,
OPS_CENTER_ADMIN_KEY, OPS_CENTER_LOG_FORMAT (text, json), OPS_CENTER_LOG_LEVEL; "config check" lists them all`

/**
 * The command `ops-center`.
 *
 * @param args What follows the command's name.
 * @returns The exit code, once the server was stopped or could not start.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = readArguments(args)
    if (values.version) return print(SERVER_VERSION)
    if (values.help || positionals.length === 0) return print(USAGE)
    const overrides: ServerOptions = {
      port: portOf(values.port),
      host: values.host,
      dataDir: values['data-dir'],
    }
    const run = commandOf(positionals)
    const file = await readSettingsFile(values.config ?? (process.env.OPS_CENTER_CONFIG || undefined))
    return await run({ overrides, env: process.env, file })
  } catch (error) {
    // Known problems are one line; a stack is for what nobody expected.
    console.error(error instanceof OpsError ? `ops-center: ${error.message}` : error)
    return 1
  }
}

/** Loads what it needs when it runs: a wrong word, a wrong setting or a taken port should not wait for a whole server. */
type Command = (sources: SettingSources) => Promise<number>

function commandOf(positionals: readonly string[]): Command {
  const [name, argument, ...rest] = positionals
  const given = rest.length > 0 ? 'more' : argument
  if (name === 'start' && given === undefined) return start
  if (name === 'config' && given === 'check') return check
  if (name === 'backup' && argument !== undefined && given === argument) return backup(argument)
  if (name === 'restore' && argument !== undefined && given === argument) return restore(argument)
  throw new OpsError('usage_invalid', `${JSON.stringify(positionals.join(' '))} is not a command\n${USAGE}`)
}

const start: Command = async (sources) => {
  const options = optionsOf(sources)
  const command = await import('./commands/start.js')
  return command.start(options)
}

const check: Command = async (sources) => {
  const { checkConfig } = await import('./commands/check-config.js')
  const { text, isValid } = await checkConfig(sources)
  print(text)
  return isValid ? 0 : 1
}

const backup =
  (file: string): Command =>
  async (sources) => {
    const [{ withDatabase }, { createBackup }] = await Promise.all([
      import('./commands/with-database.js'),
      import('./backup/create-backup.js'),
    ])
    const { tables } = await withDatabase(optionsOf(sources), (database) => createBackup(database, file))
    return print(`Wrote ${rowsOf(tables)} rows to ${file}: keep it safe, keys and secrets are in it`)
  }

const restore =
  (file: string): Command =>
  async (sources) => {
    const options = optionsOf(sources)
    const [{ withDatabase }, { restoreBackup }] = await Promise.all([
      import('./commands/with-database.js'),
      import('./backup/restore-backup.js'),
    ])
    const { tables, created_at } = await withDatabase(options, (database) => restoreBackup(database, file))
    return print(`Restored ${rowsOf(tables)} rows as of ${created_at}; "ops-center start" goes on with them`)
  }

function rowsOf(tables: readonly { rows: number }[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0)
}

function optionsOf({ env, overrides, file }: SettingSources): ResolvedServerOptions {
  return resolveServerOptions(env, overrides, file)
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string', short: 'p' },
        host: { type: 'string' },
        'data-dir': { type: 'string' },
        config: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    throw new OpsError('usage_invalid', `${errorMessage(error)}\n${USAGE}`, { cause: error })
  }
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new OpsError('setting_invalid', `--port=${text} is not valid: expected a port number from 0 to 65535`)
}

function print(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}
