import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { CliError } from '../cli-error.js'
import { createDevActions } from '../dev/dev-actions.js'
import { createDevBundler } from '../dev/dev-bundler.js'
import { KEY_HELP, listenToKeys } from '../dev/dev-keys.js'
import { startDevServer } from '../dev/dev-server.js'
import { DevSession } from '../dev/dev-session.js'
import { createPluginFollower } from '../dev/follow-plugin.js'
import { createLiveOutput, happened, type LiveOutput } from '../dev/live-output.js'
import { watchPlugin } from '../dev/watch-plugin.js'
import { createPlatformClient } from '../platform/platform-client.js'
import { colors } from '../terminal/colors.js'
import { isInteractive } from '../terminal/confirm.js'
import { loadPluginManifest } from '../validate/load-plugin-manifest.js'
import { formatFindings } from '../validate/print-findings.js'

export interface DevOptions {
  readonly path: string
  readonly port?: string
  readonly dataDir?: string
  readonly inspect?: boolean | string
  readonly verbose?: boolean
}

const KEEPS_RUNNING = 'The last version that worked keeps running'
const NOTHING_RUNS = 'Nothing runs yet: correct this, and save'

/** Milliseconds between looks at logs and deliveries. */
const LOOK_EVERY = 300

/** `dev`: an Ops-Center of one's own with the plugin from source, reloaded on save, until Ctrl-C. */
export async function dev(options: DevOptions): Promise<void> {
  const folder = resolve(options.path)
  const { loaded, exists } = await loadPluginManifest(folder)
  if (!exists) {
    throw new CliError('manifest_missing', `There is no plugin.yaml in ${folder}`, {
      fix: 'Name the folder of a plugin with --path, or create one with ops-center-plugin init',
    })
  }
  const output = createLiveOutput()
  const stopping = new AbortController()
  const quit = () => stopping.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, quit)
  const inspect = parseInspect(options.inspect)
  output.line(happened('start', 'Ops-Center, for this session alone'))
  const server = await startDevServer({
    folder,
    port: parsePort(options.port),
    dataDir: options.dataDir,
    inspect,
    onLine: (text) => output.line(happened('server', colors.dim(text))),
  })
  const stops: (() => unknown)[] = [() => server.stop()]
  try {
    const client = createPlatformClient({ apiUrl: server.url, apiKey: server.key })
    output.line(happened('ready', `${server.url} (API at ${server.url}/docs)`, colors.green))
    output.line(`            ${colors.dim('key')}    ${server.key}`)
    if (inspect !== undefined)
      output.line(happened('inspect', `attach a debugger to ${inspect}`, colors.magenta))
    const bundler = createDevBundler(folder)
    stops.push(() => bundler.dispose())
    const session = new DevSession({
      client,
      folder,
      bundler,
      report: createReporter(output, server.url, folder, () => session.isRunning),
      firstBuild: options.dataDir === undefined ? 1 : Math.floor(Date.now() / 1_000),
      oneAtATime: inspect !== undefined,
    })
    if (options.dataDir !== undefined && loaded !== undefined) await session.resume(loaded.manifest.id)
    stops.push(await watchPlugin(folder, (paths, since) => void session.reload(shown(paths), since)))
    if (isInteractive()) {
      stops.push(
        listenToKeys({
          output,
          actions: createDevActions(client, server.key),
          current: () => session.manifest,
          list: () => session.manifest && listParts(output, session.manifest, server.url),
          quit,
        }),
      )
    }
    await session.reload('start')
    const follower = createPluginFollower(client, output.line, { isVerbose: options.verbose ?? false })
    const gone = server.exited.then(() => {
      if (!stopping.signal.aborted)
        throw new CliError('server_ended', 'Ops-Center ended by itself', { fix: 'See its last lines above' })
    })
    const following = follow(stopping.signal, async () => {
      if (session.id !== undefined) await follower.look(session.id)
    })
    await Promise.race([following, gone])
  } finally {
    quit()
    output.close()
    output.line(happened('stop', 'Stopping'))
    for (const stop of stops.reverse()) await stop()
  }
}

/** Looks again and again; a plugin that is just being exchanged may not be there for a moment. */
async function follow(signal: AbortSignal, look: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await look().catch((error: unknown) => {
      if (!(error instanceof CliError)) throw error
    })
    await wait(LOOK_EVERY, undefined, { signal }).catch(() => undefined)
  }
}

function createReporter(output: LiveOutput, url: string, folder: string, isRunning: () => boolean) {
  let isListed = ''
  return {
    findings: (findings: Parameters<typeof formatFindings>[0]) => {
      if (findings.length === 0) return
      for (const line of formatFindings(findings, folder)) output.line(line)
      if (findings.some(({ severity }) => severity === 'error'))
        output.line(happened('broken', isRunning() ? KEEPS_RUNNING : NOTHING_RUNS, colors.red))
    },
    failed: ({ message, fix }: CliError) => {
      output.line(happened('failed', colors.red(message), colors.red))
      if (fix !== undefined) output.line(`${' '.repeat(19)}${colors.cyan('fix')} ${fix}`)
    },
    loaded: (text: string, manifest: Manifest) => {
      output.line(happened('loaded', text, colors.green))
      const parts = JSON.stringify([manifest.hooks, manifest.filters, manifest.routes, manifest.tasks])
      if (parts !== isListed) listParts(output, manifest, url)
      isListed = parts
      output.footer([
        colors.dim('-'.repeat(60)),
        `${colors.bold(manifest.id)} at ${url}/plugins/${manifest.id}`,
        colors.dim(KEY_HELP),
      ])
    },
  }
}

function listParts(output: LiveOutput, { id, hooks, filters, routes, tasks }: Manifest, url: string): void {
  const line = (kind: string, text: string) =>
    output.line(`            ${colors.dim(kind.padEnd(6))} ${text}`)
  for (const { event, handler } of hooks) line('hook', `${event}${handler ? ` -> ${handler}` : ''}`)
  for (const { filter, handler } of filters) line('filter', `${filter}${handler ? ` -> ${handler}` : ''}`)
  for (const { path, methods } of routes) line('route', `${methods.join(', ')} ${url}/plugins/${id}${path}`)
  for (const { name, cron } of tasks) line('task', `${name}${cron ? ` (${cron})` : ''}`)
}

function shown(paths: readonly string[]): string {
  const [first = 'a save', ...rest] = paths
  return rest.length === 0 ? first : `${first} and ${rest.length} more`
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new CliError('port_invalid', `--port is ${JSON.stringify(text)}: expected a number from 0 to 65535`)
}

function parseInspect(value: boolean | string | undefined): string | undefined {
  if (value === undefined || value === false) return undefined
  if (value === true) return '127.0.0.1:9229'
  if (/^\d{1,5}$/.test(value)) return `127.0.0.1:${value}`
  if (/^[\w.-]+:\d{1,5}$/.test(value)) return value
  throw new CliError('inspect_invalid', `--inspect is ${JSON.stringify(value)}: expected a port or host:port`)
}
