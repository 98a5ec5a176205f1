import type { DeliveryGroup, QueuedDelivery } from './queued-deliveries.js'

/**
 * What a batch of deliveries, in their order, leaves of its jobs: those that are done, and the one that has deliveries
 * left, because it stands for more than the batch had room for.
 */
export function settledJobs(deliveries: readonly QueuedDelivery[]): {
  done: string[]
  rest: DeliveryGroup | undefined
} {
  const done: string[] = []
  let rest: DeliveryGroup | undefined
  for (const { job_id, group } of deliveries) {
    if (!group) {
      done.push(job_id)
      continue
    }
    const { job, place } = group
    const isLast = place === job.events.length - 1
    if (isLast) done.push(job.id)
    rest = isLast ? undefined : { id: job.id, events: job.events.slice(place + 1) }
  }
  return { done, rest }
}
