/** SQLSTATE of a connection that broke, and of a server that shuts down, crashed, starts up or has no connection left. */
const STATES = /^(?:08\w{3}|57P0[123]|53300)$/
/** What the system says of a connection to a server that is not there. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
])
/** Errors of `pg` that have no code. */
const WORDS = /^Connection terminated|is not queryable/

/**
 * Whether a query failed because the database is out of reach for now. Errors of other connections, such as those to
 * plugins, do not get here: they are told in words of their own.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string')
    return NETWORK.has(error.code) || STATES.test(error.code)
  return WORDS.test(error.message)
}
