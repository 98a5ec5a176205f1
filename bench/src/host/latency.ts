import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchPlatform } from './bench-platform.js'
import { acknowledged, untilAcknowledged } from './deliveries.js'

const WRITES = 60
/** Milliseconds of rest between two writes. */
const REST_MS = 20

/** When what followed a write, in nanoseconds since it was sent: one number per write. */
export interface Latencies {
  answered: number[]
  handled: number[]
  acknowledged: number[]
}

/** Single writes with rests between them, to one plugin that hears them. */
export async function measureLatency(platform: BenchPlatform, plugin: string): Promise<Latencies> {
  const latencies: Latencies = { answered: [], handled: [], acknowledged: [] }
  for (let write = -10; write < WRITES; write += 1) {
    await sleep(REST_MS)
    const wanted = (await acknowledged(platform)) + 1
    const sent = now()
    await platform.ask('POST', '/api/v1/devices/device-0-0/metrics', { cpu: write })
    const answered = now()
    await untilAcknowledged(platform, wanted, 1)
    const done = now()
    const { at } = await platform.ask<{ at: number }>('GET', `/plugins/${plugin}/heard`)
    if (write < 0) continue
    latencies.answered.push((answered - sent) * 1e6)
    latencies.handled.push((at - sent) * 1e6)
    latencies.acknowledged.push((done - sent) * 1e6)
  }
  return latencies
}

/** Milliseconds on the clock that all processes share. */
function now(): number {
  return performance.timeOrigin + performance.now()
}
