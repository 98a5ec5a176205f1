import pg from 'pg'
import type { LeaseEvents, Leases } from './leases.js'

export interface PostgresLeasesOptions {
  settings: pg.ClientConfig
  onError: (error: Error) => void
}

interface Wanted extends LeaseEvents {
  held: boolean
  /** Rounds in which it was free for others to take, and nobody did. */
  waited: number
}

const ROUND_MS = 500
/** A lease that no node took in so many rounds is taken by one that has its share already. */
const ORPHAN_ROUNDS = 6
const HUNGRY_CHANNEL = 'ops_center_hungry'
/** How nodes find each other in `pg_stat_activity`. */
const NODE_NAME = 'ops-center node'

/**
 * Leases as advisory locks on a connection of their own: PostgreSQL gives them up the moment a node dies. Every node
 * takes its share; one with less than that asks, and one with more gives.
 */
export function createPostgresLeases({ settings, onError }: PostgresLeasesOptions): Leases {
  const wanted = new Map<string, Wanted>()
  let client: pg.Client | undefined
  let share = Number.POSITIVE_INFINITY
  let working: Promise<void> = Promise.resolve()
  let asking: Promise<unknown> = Promise.resolve()
  let closed = false

  const held = () => [...wanted].filter(([, lease]) => lease.held)

  async function connected(): Promise<pg.Client> {
    if (client) return client
    const next = new pg.Client({ ...settings, application_name: NODE_NAME })
    next.on('error', onError)
    await next.connect()
    next.once('end', () => {
      if (client === next) client = undefined
      for (const [, lease] of held()) lose(lease)
    })
    next.on('notification', () => schedule(giveAway))
    await next.query(`listen ${HUNGRY_CHANNEL}`)
    client = next
    return next
  }

  /** A session runs one statement at a time, and leases are given up whenever somebody likes. */
  function ask<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    const answer = asking.then(async () => (await connected()).query<Row>(text, values))
    asking = answer.catch(() => undefined)
    return answer
  }

  function lose(lease: Wanted): void {
    lease.held = false
    lease.onLost().catch(onError)
  }

  async function round(): Promise<void> {
    if (wanted.size === 0) return
    const { rows } = await ask<{ nodes: number }>(
      `select count(*)::int as nodes from pg_stat_activity
       where application_name = $1 and datname = current_database()`,
      [NODE_NAME],
    )
    share = Math.ceil(wanted.size / Math.max(1, rows[0]?.nodes ?? 1))
    for (const [name, lease] of shuffled([...wanted])) {
      if (lease.held) continue
      lease.waited += 1
      if (held().length < share || lease.waited > ORPHAN_ROUNDS) await tryToTake(name, lease)
    }
    if (held().length < share) await ask(`notify ${HUNGRY_CHANNEL}`)
  }

  async function tryToTake(name: string, lease: Wanted): Promise<void> {
    const { rows } = await ask<{ locked: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 1)) as locked',
      [name],
    )
    if (!rows[0]?.locked) return
    // Given up while the question was under way?
    if (wanted.get(name) !== lease) return unlock(name)
    lease.held = true
    lease.waited = 0
    lease.onHeld()
  }

  async function giveAway(): Promise<void> {
    const surplus = held().slice(0, Math.max(0, held().length - share))
    await Promise.all(surplus.map(([name, lease]) => release(name, lease)))
  }

  async function release(name: string, lease: Wanted): Promise<void> {
    if (!lease.held) return
    lease.held = false
    // The next holder needs time to take it before this node takes it back as an orphan.
    lease.waited = 0
    await lease.onLost()
    await unlock(name)
  }

  async function unlock(name: string): Promise<void> {
    if (client) await ask('select pg_advisory_unlock(hashtextextended($1, 1))', [name])
  }

  /** One after the other: rounds must not overlap. */
  function schedule(work: () => Promise<void>): Promise<void> {
    working = working.then(() => (closed ? undefined : work())).catch(onError)
    return working
  }

  const timer = setInterval(() => void schedule(round), ROUND_MS)
  timer.unref()

  return {
    want(name, events) {
      const lease: Wanted = { ...events, held: false, waited: 0 }
      wanted.set(name, lease)
      void schedule(round)
      return async () => {
        if (wanted.get(name) === lease) wanted.delete(name)
        await release(name, lease)
      }
    },
    async exclusively(name, work) {
      // Not from the pool: whoever waits here would hold a connection that the work of another needs to end.
      const session = new pg.Client(settings)
      session.on('error', onError)
      await session.connect()
      try {
        await session.query('select pg_advisory_lock(hashtextextended($1, 2))', [name])
        return await work()
      } finally {
        // Gives the lock up.
        await session.end()
      }
    },
    async close() {
      clearInterval(timer)
      closed = true
      await working
      await asking
      await client?.end()
    },
  }
}

/** Nodes that ask in different orders take different leases. */
function shuffled<Item>(items: Item[]): Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
