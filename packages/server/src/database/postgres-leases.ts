import pg from 'pg'
import type { LeaseEvents, Leases } from './leases.js'
import { ENDS_WITH_MACHINE, endsWhenSilent, trySetting } from './session-settings.js'

export interface PostgresLeasesOptions {
  settings: pg.ClientConfig
  onError: (error: Error) => void
  /** Milliseconds after which a node that asks nothing any more has lost its leases. Default 15,000. */
  silence?: number
}

interface Wanted extends LeaseEvents {
  held: boolean
  /** Resolves once nothing here needs it any more: until then it is not taken again. */
  leaving?: Promise<void> | undefined
  /** Rounds in which it was free for others to take, and nobody did. */
  waited: number
}

/** Each round asks the database, by which it knows that the node is alive. */
const ROUND_MS = 500
const SILENCE_MS = 15_000
/** A lease that no node took in so many rounds is taken by one that has its share already. */
const ORPHAN_ROUNDS = 6
const HUNGRY_CHANNEL = 'ops_center_hungry'
/** How nodes find each other in `pg_stat_activity`; what they have to agree on follows. */
const NODE_NAME = 'ops-center node'

/**
 * Leases as advisory locks on a connection of their own: PostgreSQL gives them up the moment a node dies, and when one
 * that froze or was cut off is silent for too long. A node that gets no answer takes them for lost before that. Every
 * node takes its share; one with less than that asks, and one with more gives.
 */
export function createPostgresLeases({
  settings,
  onError,
  silence = SILENCE_MS,
}: PostgresLeasesOptions): Leases {
  const wanted = new Map<string, Wanted>()
  let client: pg.Client | undefined
  let nodeName = NODE_NAME
  let share = Number.POSITIVE_INFINITY
  let working: Promise<void> = Promise.resolve()
  let asking: Promise<unknown> = Promise.resolve()
  let isRoundDue = false
  let closed = false

  const held = () => [...wanted].filter(([, lease]) => lease.held)

  async function connected(): Promise<pg.Client> {
    if (client) return client
    const next = new pg.Client({
      ...settings,
      application_name: nodeName,
      query_timeout: Math.ceil((silence * 2) / 3),
    })
    next.on('error', onError)
    await next.connect()
    next.once('end', () => {
      if (client === next) client = undefined
      for (const [name, lease] of held()) letGo(name, lease).catch(onError)
    })
    next.on('notification', () => schedule(giveAway))
    try {
      await trySetting(next, ENDS_WITH_MACHINE)
      await trySetting(next, endsWhenSilent(silence))
      await next.query(`listen ${HUNGRY_CHANNEL}`)
    } catch (error) {
      next.end().catch(onError)
      throw error
    }
    client = next
    return next
  }

  /** A session runs one statement at a time, and leases are given up whenever somebody likes. */
  function ask<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    const answer = asking.then(async () => {
      const session = await connected()
      return session.query<Row>(text, values).catch((error: unknown) => {
        // Nobody knows what it still holds.
        session.end().catch(onError)
        throw error
      })
    })
    asking = answer.catch(() => undefined)
    return answer
  }

  async function round(): Promise<void> {
    isRoundDue = false
    if (wanted.size === 0 && !client) return
    const { rows } = await ask<{ nodes: number }>(
      `select count(*)::int as nodes from pg_stat_activity
       where application_name like $1 and datname = current_database()`,
      [`${NODE_NAME}%`],
    )
    share = Math.ceil(wanted.size / Math.max(1, rows[0]?.nodes ?? 1))
    for (const [name, lease] of shuffled([...wanted])) {
      if (lease.held || lease.leaving) continue
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

  /** Does not wait for those that use them: rounds go on meanwhile. */
  async function giveAway(): Promise<void> {
    const surplus = held().slice(0, Math.max(0, held().length - share))
    for (const [name, lease] of surplus) letGo(name, lease).catch(onError)
  }

  /** Resolves once nothing here needs it any more, and others may take it. */
  async function letGo(name: string, lease: Wanted): Promise<void> {
    if (lease.held) {
      lease.held = false
      lease.leaving = leave(name, lease)
    }
    await lease.leaving
  }

  async function leave(name: string, lease: Wanted): Promise<void> {
    try {
      await lease.onLost()
      await unlock(name)
    } finally {
      lease.leaving = undefined
      // The next holder needs time to take it before this node takes it back as an orphan.
      lease.waited = 0
    }
  }

  async function unlock(name: string): Promise<void> {
    // Where it fails the session is over, and the lock with it.
    if (client) await ask('select pg_advisory_unlock(hashtextextended($1, 1))', [name]).catch(onError)
  }

  /** One after the other: rounds must not overlap. */
  function schedule(work: () => Promise<void>): Promise<void> {
    working = working.then(() => (closed ? undefined : work())).catch(onError)
    return working
  }

  function scheduleRound(): void {
    if (isRoundDue) return
    isRoundDue = true
    void schedule(round)
  }

  const timer = setInterval(scheduleRound, ROUND_MS)
  timer.unref()

  return {
    want(name, events) {
      const lease: Wanted = { ...events, held: false, waited: 0 }
      wanted.set(name, lease)
      scheduleRound()
      return async () => {
        if (wanted.get(name) === lease) wanted.delete(name)
        await letGo(name, lease)
      }
    },
    async exclusively(name, work) {
      // Not from the pool: whoever waits here would hold a connection that the work of another needs to end.
      const session = new pg.Client(settings)
      session.on('error', onError)
      await session.connect()
      // One that froze keeps its turn: it goes on where it was.
      await trySetting(session, ENDS_WITH_MACHINE)
      try {
        await session.query('select pg_advisory_lock(hashtextextended($1, 2))', [name])
        return await work()
      } finally {
        // Gives the lock up.
        await session.end()
      }
    },
    async agree(mark) {
      nodeName = `${NODE_NAME} ${mark}`
      await ask(`select set_config('application_name', $1, false)`, [nodeName])
      const { rows } = await ask(
        `select from pg_stat_activity
         where application_name like $1 and application_name not like $2 and datname = current_database() limit 1`,
        [`${NODE_NAME} _%`, `${nodeName}%`],
      )
      return rows.length === 0
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
