import { parseArgs } from 'node:util'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import type { ServerOptions } from './options.js'
import { createServer, type Server } from './server.js'
import { SERVER_VERSION } from './server-version.js'

const USAGE = `Usage: ops-center start [--port 8000] [--host 127.0.0.1] [--data-dir .ops-center]

Settings from the environment: OPS_CENTER_PORT, OPS_CENTER_HOST, OPS_CENTER_DATA_DIR, DATABASE_URL,
OPS_CENTER_ADMIN_KEY, OPS_CENTER_LOG_FORMAT (text, json), OPS_CENTER_LOG_LEVEL`

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
    const [command, ...rest] = positionals
    if (command !== 'start' || rest.length > 0) {
      throw new OpsError(
        'usage_invalid',
        `${JSON.stringify(positionals.join(' '))} is not a command\n${USAGE}`,
      )
    }
    return await start({ port: portOf(values.port), host: values.host, dataDir: values['data-dir'] })
  } catch (error) {
    // Known problems are one line; a stack is for what nobody expected.
    console.error(error instanceof OpsError ? `ops-center: ${error.message}` : error)
    return 1
  }
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

async function start(options: ServerOptions): Promise<number> {
  const server = await createServer(options)
  announce(server)
  await stopSignal()
  await server.close()
  return 0
}

function announce({ url, adminKey, options }: Server): void {
  const lines = [
    `Ops-Center ${SERVER_VERSION} is running at ${url} (docs: ${url}/docs, data: ${options.dataDir})`,
  ]
  if (adminKey.generated)
    lines.push(`Admin key, shown this once and kept in ${adminKey.file}: ${adminKey.key}`)
  print(lines.join('\n'))
}

/** Resolves with the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM'] as const
    const onSignal = () => {
      for (const signal of signals) process.off(signal, onSignal)
      resolve()
    }
    for (const signal of signals) process.on(signal, onSignal)
  })
}

function print(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}
