import type pg from 'pg'

/** The code with which a trigger repeats, for its own session, what it notifies: channel as message, payload as detail. */
const REPEATED = 'OPS01'

/**
 * Tells what this node's own changes notify before anybody is told that they are made. A notification takes another
 * connection and arrives some time later, while the answer to a change promises that it counts.
 *
 * What a session said is passed on when it goes back to the pool, its transaction over; one that was rolled back is
 * told, too.
 */
export function hearOwnChanges(pool: pg.Pool, tell: (channel: string, payload: string) => void): void {
  const said = new WeakMap<pg.PoolClient, Map<string, [channel: string, payload: string]>>()
  pool.on('connect', (client) => {
    const own = new Map<string, [string, string]>()
    said.set(client, own)
    client.on('notice', ({ code, message = '', detail = '' }) => {
      if (code === REPEATED) own.set(`${message}\n${detail}`, [message, detail])
    })
  })
  pool.on('release', (_error, client) => {
    const own = said.get(client)
    if (!own || own.size === 0) return
    const all = [...own.values()]
    own.clear()
    for (const [channel, payload] of all) tell(channel, payload)
  })
}
