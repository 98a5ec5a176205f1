/** Hands the payloads of `NOTIFY` to whoever listens on the channel. */
export interface Listener {
  listen(channel: string, fn: (payload: string) => void): Promise<() => Promise<void>>
  /** Hands a payload over as if it had been notified. */
  tell(channel: string, payload: string): void
  /** Calls `fn` with false when notifications stop coming, with true when they come again; returns the undo. */
  onListening(fn: (isListening: boolean) => void): () => void
  close(): Promise<void>
}

/** The connection on which `LISTEN` runs. */
export interface ListenerSession {
  run(text: string): Promise<void>
  /** Returns the undo. */
  onNotification(fn: (channel: string, payload: string) => void): () => void
  onListening(fn: (isListening: boolean) => void): () => void
}

/** The functions listening on each channel, and the `LISTEN` and `UNLISTEN` they need on one session. */
export function createListener(session: ListenerSession): Listener {
  const channels = new Map<string, Set<(payload: string) => void>>()
  const tell = (channel: string, payload: string) => {
    for (const fn of [...(channels.get(channel) ?? [])]) fn(payload)
  }
  const off = session.onNotification(tell)
  return {
    async listen(channel, fn) {
      // A wrapper of its own for each call, so that undoing one does not undo an equal one.
      const own = (payload: string) => fn(payload)
      const listening = channels.get(channel)
      if (listening) listening.add(own)
      else {
        channels.set(channel, new Set([own]))
        await session.run(`listen ${quoted(channel)}`)
      }
      return async () => {
        const functions = channels.get(channel)
        if (!functions?.delete(own) || functions.size > 0) return
        channels.delete(channel)
        await session.run(`unlisten ${quoted(channel)}`)
      }
    },
    tell,
    onListening: (fn) => session.onListening(fn),
    async close() {
      channels.clear()
      off()
    },
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
