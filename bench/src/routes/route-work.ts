import { z } from 'zod'

/** Where a plugin's routes are, and so everybody's here. */
export const PREFIX = '/plugins/bench'

/** What every server is asked for, and answers, in the same words. */
export const readingsQuery = z.object({ limit: z.coerce.number().int().min(1).max(100) })
export const deviceParams = z.object({ id: z.string().min(1).max(128) })
export const predictBody = z.object({
  device_id: z.string().min(1),
  metrics: z.record(z.string(), z.number()),
  horizon: z.number().int().positive(),
})

export function readings(id: string, limit: number) {
  return { device_id: id, readings: Array.from({ length: limit }, (_, at) => ({ at, cpu: 41.5 })) }
}

export function predict({ device_id, metrics, horizon }: z.infer<typeof predictBody>) {
  return { device_id, horizon, cpu: (metrics.cpu ?? 0) + horizon, confidence: 0.9 }
}

/** One kind of request. */
export interface RouteCase {
  readonly title: string
  readonly method: 'GET' | 'POST'
  /** Below the prefix of the server. */
  readonly path: string
  readonly body?: string
}

export const routeCases: readonly RouteCase[] = [
  { title: 'GET, checked parameter and query', method: 'GET', path: '/devices/pump-7/readings?limit=5' },
  {
    title: 'POST, checked JSON body',
    method: 'POST',
    path: '/predict',
    body: JSON.stringify({ device_id: 'pump-7', metrics: { cpu: 41.5, memory: 63 }, horizon: 5 }),
  },
]
