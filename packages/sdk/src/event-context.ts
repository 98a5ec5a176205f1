import { AsyncLocalStorage } from 'node:async_hooks'
import type { EventEnvelope } from './events.js'

/** The event that is being handled, so that what a handler does is known to be caused by it. */
export const currentEvent = new AsyncLocalStorage<EventEnvelope>()
