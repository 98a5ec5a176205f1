import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { CliError } from '../cli-error.js'
import { asFields, listIn, textOf } from '../platform/answer.js'
import { type PlatformClient, pathSegment } from '../platform/platform-client.js'
import { uploadPackage } from '../publish/upload-package.js'
import { formatBytes } from '../terminal/byte-size.js'
import type { Finding } from '../validate/finding.js'
import type { DevBundler } from './dev-bundler.js'
import { buildDevPackage, type DevPackage } from './dev-package.js'
import { readDevSettings, settingsPatch } from './dev-settings.js'

/** What a session tells. */
export interface DevReporter {
  findings(findings: readonly Finding[]): void
  loaded(text: string, manifest: Manifest): void
  failed(error: CliError): void
}

export interface DevSessionOptions {
  readonly client: PlatformClient
  readonly folder: string
  readonly bundler: DevBundler
  readonly report: DevReporter
  /** Number of the first build: above every build that the platform has seen. */
  readonly firstBuild: number
  /** With a debugger only one process at a time can have its port: the old one ends before the new one starts. */
  readonly oneAtATime: boolean
}

interface Running {
  readonly id: string
  readonly fingerprint: string | undefined
  readonly manifest: Manifest | undefined
  readonly isEnabled: boolean
  readonly settings: Record<string, unknown>
}

/** The plugin under development as an installation that follows its sources. */
export class DevSession {
  readonly #options: DevSessionOptions
  #number: number
  #running: Running | undefined
  #work: Promise<void> = Promise.resolve()
  #isWaiting = false
  #isBroken = false

  constructor(options: DevSessionOptions) {
    this.#options = options
    this.#number = options.firstBuild
  }

  /** The manifest of the version that runs. */
  get manifest(): Manifest | undefined {
    return this.#running?.manifest
  }

  get isRunning(): boolean {
    return this.#running?.isEnabled === true
  }

  get id(): string | undefined {
    return this.#running?.id
  }

  /** Brings the platform in line with the sources; saves that come meanwhile are taken together. */
  reload(what: string, since = Date.now()): Promise<void> {
    if (this.#isWaiting) return this.#work
    this.#isWaiting = true
    this.#work = this.#work.then(async () => {
      this.#isWaiting = false
      try {
        await this.#reload(what, since)
      } catch (error) {
        if (!(error instanceof CliError)) throw error
        this.#options.report.failed(error)
      }
    })
    return this.#work
  }

  /** Finds what an earlier session left on a platform that keeps its data. */
  async resume(id: string): Promise<void> {
    const { client } = this.#options
    const found = listIn(await client.request('GET', '/plugins/installed')).find(
      (fields) => textOf(fields, 'plugin_id') === id,
    )
    if (found === undefined) return
    const config = asFields(await client.request('GET', `/plugins/${pathSegment(id)}/config`)).config
    this.#running = {
      id,
      fingerprint: undefined,
      manifest: undefined,
      isEnabled: found.enabled === true,
      settings: asFields(config),
    }
  }

  async #reload(what: string, since: number): Promise<void> {
    const { folder, bundler, report, client } = this.#options
    const { built, findings } = await buildDevPackage(folder, bundler, this.#number)
    report.findings(findings)
    const wasBroken = this.#isBroken
    this.#isBroken = built === undefined
    if (built === undefined) return
    if (this.#running !== undefined && this.#running.id !== built.manifest.id)
      await this.#forget(this.#running.id)
    const isNew = built.fingerprint !== this.#running?.fingerprint
    if (isNew) {
      this.#number += 1
      await uploadPackage(client, built.found, { delays: [] })
      if (this.#running === undefined) await this.#install(built)
      else await this.#update(this.#running, built)
    }
    const isConfigured = await this.#configure()
    if (!isNew && !isConfigured && !wasBroken) return
    const took = Date.now() - since
    const size = isNew ? `, ${formatBytes(built.found.bytes.length)}` : ''
    const news = isNew ? built.version : isConfigured ? 'settings' : 'nothing new'
    report.loaded(`${news} after ${what}, in ${took} ms${size}`, built.manifest)
  }

  async #install({ manifest, version, fingerprint }: DevPackage): Promise<void> {
    const { client, folder } = this.#options
    const { id, permissions } = manifest
    const settings = await readDevSettings(folder)
    await client.request('POST', '/plugins/install', {
      json: { plugin_id: id, version, permissions, config: settings },
    })
    this.#running = { id, fingerprint, manifest, isEnabled: false, settings }
    await this.#enable()
  }

  /** The platform swaps versions without a gap and keeps the old one when the new one fails. */
  async #update(running: Running, { manifest, version, fingerprint }: DevPackage): Promise<void> {
    const { client, oneAtATime } = this.#options
    const path = `/plugins/${pathSegment(running.id)}`
    const { permissions } = manifest
    if (oneAtATime && running.isEnabled) await client.request('POST', `${path}/disable`)
    try {
      await client.request('POST', `${path}/update`, { json: { version, permissions } })
      this.#running = { ...running, fingerprint, manifest }
    } finally {
      if (oneAtATime || !running.isEnabled) await this.#enable()
    }
  }

  async #enable(): Promise<void> {
    if (this.#running === undefined) return
    this.#running = { ...this.#running, isEnabled: false }
    await this.#options.client.request('POST', `/plugins/${pathSegment(this.#running.id)}/enable`)
    this.#running = { ...this.#running, isEnabled: true }
  }

  async #configure(): Promise<boolean> {
    const { client, folder } = this.#options
    if (this.#running === undefined) return false
    const settings = await readDevSettings(folder)
    const config = settingsPatch(this.#running.settings, settings)
    if (Object.keys(config).length === 0) return false
    await client.request('PUT', `/plugins/${pathSegment(this.#running.id)}/config`, { json: { config } })
    this.#running = { ...this.#running, settings }
    return true
  }

  /** The id was changed: to the platform that is another plugin. */
  async #forget(id: string): Promise<void> {
    const path = `/plugins/${pathSegment(id)}/uninstall`
    await this.#options.client.request('POST', path, { json: { purge: true } })
    this.#running = undefined
  }
}
