import type { Delivery } from '@ops-center/plugin-sdk/protocol'

/** An event as plugins get it. */
export type EventEnvelope = Readonly<Omit<Delivery, 'handlers'>>
