import pg from 'pg'
import type { ListenerSession } from './listener.js'

const RECONNECT_MS = [250, 1_000, 5_000]

/** A session with a connection of its own, opened when first needed. */
export interface PostgresSession extends ListenerSession {
  close(): Promise<void>
}

/**
 * A connection for `LISTEN` that comes back after it was lost, with everything it listened to. What was notified
 * in between is lost, so listeners must also look now and then, or whenever it came back.
 */
export function createPostgresSession(
  settings: pg.ClientConfig,
  onError: (error: Error) => void,
): PostgresSession {
  const listening = new Set<string>()
  const interested = new Set<(isListening: boolean) => void>()
  const notified = new Set<(channel: string, payload: string) => void>()
  let current: Promise<pg.Client> | undefined
  let retry: NodeJS.Timeout | undefined
  let closed = false

  const tellAll = (isListening: boolean) => {
    for (const fn of interested) fn(isListening)
  }

  async function open(): Promise<pg.Client> {
    const client = new pg.Client(settings)
    client.on('error', onError)
    client.on('notification', ({ channel, payload }) => {
      for (const fn of notified) fn(channel, payload ?? '')
    })
    await client.connect()
    client.once('end', () => {
      current = undefined
      tellAll(false)
      if (!closed) reconnect(0)
    })
    for (const text of listening) await client.query(text)
    tellAll(true)
    return client
  }

  function reconnect(attempt: number): void {
    const wait = RECONNECT_MS[Math.min(attempt, RECONNECT_MS.length - 1)]
    retry = setTimeout(() => {
      connected().catch((error: unknown) => {
        onError(error instanceof Error ? error : new Error(String(error)))
        if (!closed) reconnect(attempt + 1)
      })
    }, wait)
    retry.unref()
  }

  function connected(): Promise<pg.Client> {
    current ??= open().catch((error: unknown) => {
      current = undefined
      throw error
    })
    return current
  }

  return {
    async run(text) {
      if (text.startsWith('unlisten ')) {
        listening.delete(text.slice('un'.length))
        // Without a connection nothing is listened to.
        await (await current?.catch(() => undefined))?.query(text)
        return
      }
      listening.add(text)
      const client = await connected()
      await client.query(text)
    },
    onNotification(fn) {
      notified.add(fn)
      return () => notified.delete(fn)
    },
    onListening(fn) {
      interested.add(fn)
      return () => interested.delete(fn)
    },
    async close() {
      closed = true
      clearTimeout(retry)
      const client = await current?.catch(() => undefined)
      await client?.end()
    },
  }
}
