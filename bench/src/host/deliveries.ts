import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchPlatform } from './bench-platform.js'

/** Readings of one request, each of them one event. */
const BATCH = 100
/** Requests that are under way at the same time. */
const AT_ONCE = 4
/** Devices of one request. */
const DEVICES = 10
const PATIENCE_MS = 60_000
const COUNT = 'select (case when is_called then last_value else 0 end)::int as count from deliveries_id_seq'

/** Deliveries that were recorded as acknowledged so far; reading a sequence costs the server next to nothing. */
export async function acknowledged({ server }: BenchPlatform): Promise<number> {
  const { rows } = await server.database.executeSql(COUNT)
  const [row] = rows
  return typeof row === 'object' && row !== null && 'count' in row ? Number(row.count) : Number.NaN
}

/** Resolves when so many deliveries were acknowledged in all. */
export async function untilAcknowledged(
  platform: BenchPlatform,
  count: number,
  interval: number,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while ((await acknowledged(platform)) < count) {
    if (Date.now() > deadline)
      throw new Error(`${await acknowledged(platform)} deliveries were acknowledged: expected ${count}`)
    await sleep(interval)
  }
}

/**
 * Nanoseconds for each delivery, one number per round: from the first write to the last acknowledged handler, while
 * the writes go on.
 *
 * @param hearers How many plugins hear each event.
 * @param size Deliveries of a round.
 */
export async function measureDeliveries(
  platform: BenchPlatform,
  hearers: number,
  { rounds, size }: { rounds: number; size: number },
): Promise<number[]> {
  const requests = Math.ceil(size / (BATCH * hearers))
  const times: number[] = []
  // The first round warms up and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const wanted = (await acknowledged(platform)) + requests * BATCH * hearers
    const start = performance.now()
    await write(platform, requests)
    await untilAcknowledged(platform, wanted, 10)
    const each = ((performance.now() - start) * 1e6) / (requests * BATCH * hearers)
    if (round > 0) times.push(each)
  }
  return times
}

/** Each sender has devices of its own, as collectors of different places have. */
async function write(platform: BenchPlatform, requests: number): Promise<void> {
  let left = requests
  const sender = async (_: unknown, place: number) => {
    const batch = Array.from({ length: BATCH }, (__, index) => ({
      device_id: deviceId(place, index % DEVICES),
      metrics: { cpu: 41.5, memory: 63, disk: 70, load: 0.4 },
    }))
    while (left > 0) {
      left -= 1
      await platform.ask('POST', '/api/v1/metrics', batch)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sender))
}

/** The devices that {@link measureDeliveries} writes readings of. */
export async function createDevices(platform: BenchPlatform): Promise<void> {
  for (let place = 0; place < AT_ONCE; place += 1) {
    for (let index = 0; index < DEVICES; index += 1) {
      const id = deviceId(place, index)
      await platform.ask('POST', '/api/v1/devices', { id, name: id, type: 'pump', status: 'online' })
    }
  }
}

function deviceId(place: number, index: number): string {
  return `device-${place}-${index}`
}
