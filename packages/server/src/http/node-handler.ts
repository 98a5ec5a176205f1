import type { IncomingMessage, ServerResponse } from 'node:http'

/** Answers a request from the network by itself; `false` leaves it to the app. */
export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean
