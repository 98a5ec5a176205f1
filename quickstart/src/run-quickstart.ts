import { cpus } from 'node:os'
import { createApiClient, OpsError } from '@ops-center/plugin-sdk'
import { findAdminKey } from './admin-key.js'
import { deployPlugin } from './deploy-plugin.js'
import { enrollMachine } from './enroll-machine.js'
import type { Interruption } from './interruption.js'
import { listenForKeys } from './keyboard.js'
import { createMachineReader } from './machine-reader.js'
import { startOpsCenter } from './ops-center-process.js'
import type { Output } from './output.js'
import { readPluginSettings } from './plugin-settings.js'
import type { QuickstartOptions } from './quickstart-options.js'
import { ReadingStream } from './reading-stream.js'
import { createCli } from './run-cli.js'
import { newSession } from './session-state.js'
import { renderGuide } from './view/render-guide.js'
import { watchSession } from './watch-session.js'
import { EXAMPLE_FOLDER } from './workspace.js'

/** Undoes one thing that was started. */
type Stop = () => Promise<unknown>

/** How long telling that the machine goes offline may take. */
const GOODBYE_TIMEOUT_MS = 3_000

/**
 * Starts everything, shows it until somebody interrupts, and stops it in reverse order.
 *
 * @throws OpsError with a message for people: Ops-Center did not start or ended by itself, a command failed.
 */
export async function runQuickstart(
  options: QuickstartOptions,
  output: Output,
  interruption: Interruption,
): Promise<void> {
  const started: Stop[] = []
  const gone = new AbortController()
  try {
    const signal = AbortSignal.any([interruption.signal, gone.signal])
    await start(options, output, interruption, { started, gone, signal })
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    signal.throwIfAborted()
  } catch (error) {
    output.settle()
    if (!interruption.signal.aborted) {
      await stopAll(started)
      // Whatever else failed, it failed because of that.
      throw gone.signal.aborted ? gone.signal.reason : error
    }
    await output.step(
      'Stopping',
      () => stopAll(started),
      () => 'Stopped',
    )
  }
}

async function start(
  options: QuickstartOptions,
  output: Output,
  { interrupt }: Interruption,
  { started, gone, signal }: { started: Stop[]; gone: AbortController; signal: AbortSignal },
): Promise<void> {
  const { dataDir, interval } = options
  const opsCenter = await output.step(
    'Starting Ops-Center',
    () => startOpsCenter({ ...process.env, OPS_CENTER_DATA_DIR: dataDir }, signal),
    ({ url }) => `Started Ops-Center at ${url}`,
  )
  started.push(() => opsCenter.stop())
  void opsCenter.exited.then(({ how, lastLines }) => {
    const words = `Ops-Center ended by itself (${how}); npm start continues with what is in ${dataDir}`
    gone.abort(new OpsError('ops_center_ended', [words, ...lastLines].join('\n')))
  })

  const { url } = opsCenter
  const { key: apiKey, file: keyFile } = await findAdminKey(dataDir, options.adminKey)
  const api = createApiClient({ url, apiKey })
  const { device } = await output.step(
    'Enrolling this machine',
    () => enrollMachine(api, signal),
    (enrolled) =>
      `${enrolled.isNew ? 'Enrolled' : 'Recognised'} this machine as device ${enrolled.device.id}`,
  )
  started.push(() => sayGoodbye())
  const read = await createMachineReader(dataDir)
  const stream = new ReadingStream({ api, deviceId: device.id, read, interval })
  started.push(() => stream.stop())

  const plugin = await deployPlugin(EXAMPLE_FOLDER, { api, cli: createCli({ url, apiKey }, signal), output })
  const pluginId = plugin.plugin_id
  const settings = await readPluginSettings(api, plugin)
  signal.throwIfAborted()

  const hasKeys = process.stdin.isTTY && output.isLive
  output.guide(renderGuide({ url, pluginId, dataDir, keyFile, hasKeys }))
  const source = { api, url, apiKey, pluginId, deviceId: device.id }
  const initial = newSession({ deviceId: device.id, pluginId, cpus: cpus().length, settings }, stream.state)
  const session = watchSession({ source, stream, initial, output })
  started.push(() => session.stop())
  if (hasKeys) {
    const stopListening = listenForKeys(process.stdin, (name) => {
      if (name === 'ctrl-c' || name === 'q') interrupt()
      if (name === 'a') session.provokeAnomaly()
    })
    started.push(async () => stopListening())
  }

  /** The machine stays enrolled, but no longer online; Ops-Center may be gone already. */
  async function sayGoodbye(): Promise<void> {
    if (gone.signal.aborted) return
    const timeout = AbortSignal.timeout(GOODBYE_TIMEOUT_MS)
    await api.devices.update(device.id, { status: 'offline' }, { signal: timeout }).catch(() => undefined)
  }
}

/** In reverse order; one that fails keeps no other from being stopped. */
async function stopAll(started: Stop[]): Promise<void> {
  for (const stop of started.splice(0).reverse()) await stop().catch((error: unknown) => console.error(error))
}
