import {
  defineEvent,
  filterHook,
  hook,
  onConfigChange,
  onDisable,
  onEnable,
  onInstall,
  onUninstall,
  onUpdate,
  type PayloadOf,
  route,
  task,
} from '@ops-center/plugin-sdk'
import { z } from 'zod'

// What a test needs comes from here, so that it uses the same copy of the SDK as the compiled handlers do.
export { createTestPlugin, runTask, triggerFilter, triggerHook } from '@ops-center/plugin-sdk/testing'

export const predictionCompleted = defineEvent('prediction.completed', z.object({ confidence: z.number() }))

export class Handlers {
  readonly calls: unknown[] = []

  @hook('device.created', { priority: 5 })
  greet({ device_id }: PayloadOf<'device.created'>) {
    this.calls.push(['greet', device_id])
  }

  @hook(predictionCompleted, { name: 'checkPrediction' })
  check({ confidence }: { confidence: number }) {
    this.calls.push(['check', confidence])
  }

  @filterHook('device.data.process')
  enrich(value: Record<string, unknown>) {
    return { ...value, by: this.constructor.name }
  }

  @route('/double/:of', { methods: ['GET'] })
  double({ params }: { params: { of: string } }) {
    this.calls.push(['double', params.of])
    return { twice: Number(params.of) * 2 }
  }

  @task()
  train(args: unknown) {
    this.calls.push(['train', args])
  }

  @task('clean_up', { cron: '0 3 * * *' })
  clean() {}

  @onInstall
  installed() {
    this.calls.push(['install'])
  }

  @onEnable
  async enabled() {
    this.calls.push(['enable'])
  }

  @onDisable
  disabled() {
    this.calls.push(['disable'])
  }

  @onUpdate
  updated({ from, to }: { from: string; to: string }) {
    this.calls.push(['update', from, to])
  }

  @onUninstall
  uninstalled() {
    this.calls.push(['uninstall'])
  }

  @onConfigChange
  configured({ new_config }: { new_config: Readonly<Record<string, unknown>> }) {
    this.calls.push(['config', new_config.limit])
  }
}

export class MoreHandlers extends Handlers {
  @hook('device.deleted')
  wave() {
    this.calls.push(['wave'])
  }
}
