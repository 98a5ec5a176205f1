import { Plugin } from '@ops-center/plugin-sdk'
import Emittery from 'emittery'
import { EventEmitter } from 'eventemitter3'
import { createHooks, HookableCore } from 'hookable'
// Not a way for plugins: `emit` also makes an id, a time and a cause for its event, which no other library does, and
// what it costs to run handlers can only be compared without.
import { EventHooks } from '../../../packages/sdk/dist/hooks/event-hooks.js'
import { compare, type Comparison, type Job } from '../harness/comparison.js'
import { benchPlugin } from '../bench-plugin.js'

const EVENT = 'device.metrics_updated'
const PAYLOAD = { device_id: 'pump-7', metrics: { cpu: 41.5, memory: 63 } }

/** Telling an event to 1, 10 and 100 handlers, one after the other. */
export async function dispatchSuite(): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const handlers of [1, 10, 100]) {
    for (const isAsync of [false, true]) {
      comparisons.push(await compare(dispatchJob(handlers, isAsync), { rounds: 101, turn: 4 }))
    }
  }
  return comparisons
}
