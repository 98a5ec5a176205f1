import type { Aim, Job } from '../harness/comparison.js'
import type { Contender } from '../harness/contender.js'
import type { Store } from './store.js'

const KEYS = 50
const READS_PER_WRITE = 9
const AT_ONCE = [16, 128]

/** Writing and reading small values, alone and many at once. */
export function storageJobs(stores: readonly Store[]): Job[] {
  const aims = stores.filter(({ isDurable }) => !isDurable).map(({ name }) => aimAt(name))
  return [
    { title: 'set, one after the other', contenders: stores.map(setOne), aims },
    ...AT_ONCE.map((many) => ({
      title: `set, ${many} at once (time for all)`,
      contenders: stores.map((store) => setMany(store, many)),
      aims,
    })),
    {
      title: 'update (theirs: get, then set), one after the other',
      contenders: stores.flatMap((store) => one(store, store.increment, 'count')),
      aims,
    },
    {
      title: `${READS_PER_WRITE} get and 1 set, one after the other`,
      contenders: stores.flatMap(mixed),
      aims,
    },
    {
      title: 'get, one after the other',
      contenders: stores.flatMap((store) => one(store, store.get, 'device')),
    },
  ]
}

function aimAt(theirs: string): Aim {
  return { ours: 'SDK storage (durable)', theirs, atLeast: 1 }
}

function contender({ name, isDurable, isOurs = false }: Store, run: () => Promise<unknown>): Contender {
  return { name: isDurable ? `${name} (durable)` : name, isOurs, run }
}

function reading(count: number) {
  return { cpu: 41.5, memory: 63, count, at: '2024-01-27T10:30:45.000Z' }
}

function setOne(store: Store): Contender {
  let count = 0
  return contender(store, () => {
    count += 1
    return store.set(`device-${count % KEYS}`, reading(count))
  })
}

function setMany(store: Store, many: number): Contender {
  let count = 0
  return contender(store, () => {
    count += 1
    return Promise.all(
      Array.from({ length: many }, (_, index) => store.set(`device-${index}`, reading(count))),
    )
  })
}

/** What most plugins do: look up far more often than write. */
function mixed(store: Store): Contender[] {
  const { get, set } = store
  if (!get) return []
  let calls = 0
  return [
    contender(store, async () => {
      calls += 1
      const key = `device-${calls % KEYS}`
      for (let read = 0; read < READS_PER_WRITE; read += 1) await get(key)
      await set(key, reading(calls))
    }),
  ]
}

/** Nothing where a store does not offer it. */
function one(
  store: Store,
  run: ((key: string) => Promise<unknown>) | undefined,
  prefix: string,
): Contender[] {
  if (!run) return []
  let calls = 0
  return [
    contender(store, () => {
      calls += 1
      return run(`${prefix}-${calls % KEYS}`)
    }),
  ]
}
