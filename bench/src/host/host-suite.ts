import { setTimeout as sleep } from 'node:timers/promises'
import { type Comparison, compareTimes, type Quantity } from '../harness/comparison.js'
import { median, quantile } from '../harness/quantile.js'
import { duration } from '../harness/render-comparison.js'
import { startPostgres } from '../server/start-postgres.js'
import { type BenchPlatform, startBenchPlatform } from './bench-platform.js'
import { buildPackages } from './build-packages.js'
import { createDevices, measureDeliveries } from './deliveries.js'
import { type Footprint, footprintOf } from './footprint.js'
import { type Latencies, measureLatency } from './latency.js'
import { compareProxied } from './proxied.js'

const LISTENING = Array.from({ length: 50 }, (_, index) => `listening-${index}`)
const IDLE = Array.from({ length: 50 }, (_, index) => `idle-${index}`)
const EVENT = 'device.metrics_updated'
const OTHER_EVENT = 'alert.created'
const ROUNDS = { rounds: 3, size: 6_000 }
const MEGABYTE = 1e6
/** After so long without work V8 has given back what starting took, in milliseconds. */
const REST = 12_000

const RATE: Quantity = {
  title: 'deliveries',
  better: 'as fast',
  text: (nanoseconds) => `${Math.round(1e9 / nanoseconds).toLocaleString('en')} a second`,
}
const LATENCY: Quantity = { title: 'after the write was sent', better: 'as fast', text: duration }
const SIZE: Quantity = {
  title: 'memory',
  better: 'as small',
  text: (bytes) => `${(bytes / MEGABYTE).toFixed(0)} MB`,
}

/** What the plugin host does with 1, 10 and 50 plugins, on both databases. */
export async function hostSuite(): Promise<Comparison[]> {
  const packages = await buildPackages([...LISTENING, ...IDLE])
  const onPglite = await measure('PGlite', undefined, packages, 5_000)
  const postgres = await startPostgres()
  if (!postgres) return onPglite
  try {
    return [...onPglite, ...(await measure('PostgreSQL', postgres.url, packages, 10_000))]
  } finally {
    await postgres.stop()
  }
}

async function measure(
  engine: string,
  databaseUrl: string | undefined,
  packages: readonly Buffer<ArrayBuffer>[],
  wantedRate: number,
): Promise<Comparison[]> {
  const platform = await startBenchPlatform(databaseUrl)
  try {
    await createDevices(platform)
    const ids = databaseUrl === undefined ? [...LISTENING, ...IDLE] : LISTENING
    for (const [index, id] of ids.entries()) await platform.publish(id, packages[index] ?? Buffer.alloc(0))
    return await compareStages(engine, platform, wantedRate)
  } finally {
    await platform.close()
  }
}

async function compareStages(
  engine: string,
  platform: BenchPlatform,
  wantedRate: number,
): Promise<Comparison[]> {
  const first = LISTENING.slice(0, 1)
  const startTimes: number[] = []
  const run = async (ids: readonly string[], event: string) => {
    const start = performance.now()
    await platform.run(ids, event)
    startTimes.push(((performance.now() - start) * 1e6) / ids.length)
  }
  const [only = ''] = first
  const isEmbedded = platform.server.database.engine === 'pglite'
  await run(first, EVENT)
  const latencies = await measureLatency(platform, only)
  // What is between caller and plugin, and who hears what, is the same on both databases.
  const proxied = isEmbedded ? [await compareProxied(platform, only)] : []
  const one = await measureDeliveries(platform, 1, ROUNDS)
  const idle = isEmbedded ? [await compareIdle(engine, platform, one, run)] : []
  await run(LISTENING.slice(1, 10), EVENT)
  const ten = await measureDeliveries(platform, 10, ROUNDS)
  await run(LISTENING.slice(10), EVENT)
  await sleep(REST)
  const atRest = await footprintsOf(platform, LISTENING)
  const fifty = await measureDeliveries(platform, 50, ROUNDS)
  const loaded = await footprintsOf(platform, LISTENING)
  return [
    compareRates(engine, wantedRate, { one, ten, fifty }),
    ...idle,
    compareLatencies(engine, latencies),
    ...proxied,
    ...compareFootprints(`${engine}: memory of a plugin's process at rest`, atRest),
    ...compareFootprints(`${engine}: memory of a plugin's process after deliveries`, loaded),
    compareStarts(engine, startTimes.slice(1)),
  ]
}

function compareRates(
  engine: string,
  wantedRate: number,
  { one, ten, fifty }: { one: number[]; ten: number[]; fifty: number[] },
): Comparison {
  const aim = `the aim of ${wantedRate.toLocaleString('en')}`
  const rows = [
    { name: '1 plugin', isOurs: true, times: one },
    { name: '10 plugins', isOurs: true, times: ten },
    { name: '50 plugins', isOurs: true, times: fifty },
    { name: aim, isOurs: false, times: one.map(() => 1e9 / wantedRate) },
  ]
  const aims = ['1 plugin', '10 plugins', '50 plugins'].map((ours) => ({ ours, theirs: aim, atLeast: 1 }))
  return { ...compareTimes(`${engine}: from the write to the recorded outcome`, rows, aims), quantity: RATE }
}

async function compareIdle(
  engine: string,
  platform: BenchPlatform,
  before: number[],
  run: (ids: readonly string[], event: string) => Promise<void>,
): Promise<Comparison> {
  await run(IDLE, OTHER_EVENT)
  const oneOfMany = await measureDeliveries(platform, 1, { ...ROUNDS, rounds: 2 * ROUNDS.rounds })
  await platform.uninstall(IDLE)
  // On both sides of the other, so that a machine that grows busier tells for neither.
  const one = [...before, ...(await measureDeliveries(platform, 1, ROUNDS))]
  const ours = '1 plugin, and 50 that hear other events'
  const theirs = '1 plugin'
  const rows = [
    { name: ours, isOurs: true, times: oneOfMany },
    { name: theirs, isOurs: false, times: one },
  ]
  const title = `${engine}: with plugins that do not subscribe`
  return { ...compareTimes(title, rows, [{ ours, theirs, atLeast: 0.8 }]), quantity: RATE }
}

function compareLatencies(engine: string, { answered, handled, acknowledged }: Latencies): Comparison {
  const ours = 'the handler ran (median)'
  const aim = 'the aim of 15 ms'
  const rows = [
    ['the write was answered (median)', answered, 0.5],
    ['the write was answered (95 %)', answered, 0.95],
    [ours, handled, 0.5],
    ['the handler ran (95 %)', handled, 0.95],
    ['the outcome was recorded (median)', acknowledged, 0.5],
    ['the outcome was recorded (95 %)', acknowledged, 0.95],
  ] as const
  const times = [
    ...rows.map(([name, numbers, share]) => ({
      name,
      isOurs: name === ours,
      times: [quantile(numbers, share)],
    })),
    { name: aim, isOurs: false, times: [15e6] },
  ]
  const title = `${engine}: a single write to one plugin`
  return { ...compareTimes(title, times, [{ ours, theirs: aim, atLeast: 1 }]), quantity: LATENCY }
}

async function footprintsOf(platform: BenchPlatform, ids: readonly string[]): Promise<Footprint[]> {
  const footprints = await Promise.all(ids.map((id) => footprintOf(platform, id)))
  return footprints.filter((footprint) => footprint !== undefined)
}

function compareFootprints(title: string, footprints: readonly Footprint[]): Comparison[] {
  if (footprints.length === 0) return []
  const share = 'its share (PSS)'
  const all = 'with what it shares (RSS)'
  const aim = 'the aim of 60 MB'
  const rows = [
    { name: share, isOurs: true, times: footprints.map(({ pss }) => pss) },
    { name: all, isOurs: true, times: footprints.map(({ rss }) => rss) },
    { name: aim, isOurs: false, times: footprints.map(() => 60 * MEGABYTE) },
  ]
  const aims = [share, all].map((ours) => ({ ours, theirs: aim, atLeast: 1 }))
  return [{ ...compareTimes(`${title}, one of ${LISTENING.length}`, rows, aims), quantity: SIZE }]
}

function compareStarts(engine: string, times: readonly number[]): Comparison {
  const rows = [{ name: 'install and enable a plugin, four at once', isOurs: true, times }]
  const title = `${engine}: until a plugin runs, median ${duration(median(times))}`
  return compareTimes(title, rows, [])
}
