import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadManifest } from '@ops-center/plugin-sdk/manifest'
import { type HostContext, lifecycleResponseSchema } from '@ops-center/plugin-sdk/protocol'
import type { UnpackedPlugin } from '../../../src/host/running/plugin-files.js'
import { detectSandbox } from '../../../src/host/running/sandbox.js'
import { startInProcess } from '../../../src/host/runtimes/in-process-runtime.js'
import { startPluginProcess } from '../../../src/host/runtimes/process-runtime.js'
import { startRemote } from '../../../src/host/runtimes/remote-runtime.js'
import type { RunningPlugin, RuntimeKind, RuntimeStart } from '../../../src/host/runtimes/runtime.js'
import { unpackPackage } from '../../../src/registry/archive/unpack-package.js'
import { buildPlugin, type PluginSource } from '../build-plugin.js'
import { serveRemotePlugin } from './remote-plugin.js'

const SECRET = 'a-secret-that-host-and-plugin-share'

export interface StartOptions {
  config?: Record<string, unknown>
  startTimeout?: number
}

/** Starts plugins in one of the runtimes, without a platform around it. */
export interface RuntimeUnderTest {
  start(plugin: UnpackedPlugin, options?: StartOptions): Promise<RunningPlugin>
  /** Lines that plugins printed. */
  readonly lines: string[]
  close(): Promise<void>
}

/** A plugin's package on disk, as the host has it. */
export async function unpackForTest(
  source: PluginSource,
): Promise<UnpackedPlugin & { remove(): Promise<void> }> {
  const parent = await mkdtemp(join(tmpdir(), 'ops-runtime-'))
  const directory = join(parent, source.id)
  await writeFile(join(parent, 'package.json'), '{"type":"module"}')
  await unpackPackage(await buildPlugin(source), directory)
  const { manifest } = await loadManifest(join(directory, 'plugin.yaml'))
  return {
    directory,
    manifest,
    entrypoint: join(directory, 'main.js'),
    remove: () => rm(parent, { recursive: true, force: true }),
  }
}

export async function runtimeUnderTest(kind: RuntimeKind): Promise<RuntimeUnderTest> {
  const socketDir = await mkdtemp(join(tmpdir(), 'ops-socket-'))
  const sandbox = kind === 'process' ? await detectSandbox() : undefined
  const closers: (() => Promise<void>)[] = [() => rm(socketDir, { recursive: true, force: true })]
  const lines: string[] = []
  const run = async (kindOf: RuntimeKind, start: RuntimeStart): Promise<RunningPlugin> => {
    if (kindOf === 'in-process') return startInProcess(start)
    if (kindOf === 'process')
      return startPluginProcess(start, { prefix: sandbox?.prefix({ network: false }) ?? [], socketDir })
    const served = await serveRemotePlugin(start.plugin.entrypoint, SECRET)
    closers.push(() => served.stop())
    return startRemote(start, { url: served.url, secret: SECRET, is_confirmed: true })
  }
  return {
    lines,
    async start(plugin, { config = {}, startTimeout = 10_000 } = {}) {
      const context: HostContext = {
        protocol: 1,
        plugin_id: plugin.manifest.id,
        organization_id: 'org',
        api_url: 'http://127.0.0.1:9',
        api_key: 'oci_test',
        secret: SECRET,
        config,
      }
      const onLine = (line: string) => void lines.push(line)
      const running = await run(kind, { plugin, context, startTimeout, onLine })
      closers.push(() => running.stop(0))
      await running.connection.call({
        path: '/_ops/lifecycle/start',
        json: { state: 'uninstalled', ...(running.needsContext ? { context } : {}) },
        timeout: startTimeout,
        response: lifecycleResponseSchema,
      })
      return running
    },
    async close() {
      for (const close of closers.reverse()) await close()
    },
  }
}
