/** One WebSocket, as whoever serves a plugin's app hands it over. */
export interface WebSocketConnection {
  /** Resolves once it is on its way; rejects when the connection is gone. */
  send(data: string | Uint8Array): Promise<void>
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number
  close(code: number, reason: string): void
  /** Stops reading, so that the other side has to wait. */
  pause(): void
  resume(): void
}

/** What the plugin does with a connection. */
export interface WebSocketListener {
  message(data: string | Uint8Array): void
  closed(code: number, reason: string): void
}

/** What a plugin asks of a connection before it is opened. */
export interface WebSocketTerms {
  /** A message that is larger closes the connection (1009). */
  maxMessageBytes: number
  /** One of those the caller offers. */
  protocol: string | undefined
}

/**
 * What whoever serves a plugin's app passes to `app.fetch(request, env)` with a request that asks for a WebSocket. When
 * the app accepts, its answer counts for nothing; when it does not, its answer is sent.
 */
export interface WebSocketDoor {
  acceptWebSocket(terms: WebSocketTerms, open: (connection: WebSocketConnection) => WebSocketListener): void
}

export function isWebSocketDoor(env: unknown): env is WebSocketDoor {
  return (
    typeof env === 'object' &&
    env !== null &&
    'acceptWebSocket' in env &&
    typeof env.acceptWebSocket === 'function'
  )
}
