import type { ClientBase } from 'pg'

/**
 * Gives a session settings that it can do without: an older PostgreSQL does not know all of them, and what stands
 * between may forbid them.
 */
export async function trySetting(client: Pick<ClientBase, 'query'>, text: string): Promise<void> {
  await client.query(text).catch(() => undefined)
}

/** The server ends the session when the machine behind it is gone: after 14 s. */
export const ENDS_WITH_MACHINE =
  'set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 3; set tcp_keepalives_count = 3'

/** The server ends the session when nobody asks anything on it for so many milliseconds. Since PostgreSQL 14. */
export function endsWhenSilent(milliseconds: number): string {
  return `set idle_session_timeout = ${milliseconds}`
}
