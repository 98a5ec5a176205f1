import { expect, it } from 'vitest'
import { eventsRequestSchema, registrationsSchema } from '../../src/protocol/messages.js'

const registered = (timeout: number | string) => ({
  hooks: [{ event: 'device.created', handler: 'greet', priority: 10, timeout }],
  filters: [],
  routes: [],
  tasks: [],
})

it('refuses a hook whose timeout cannot be read, before any event is delivered with it', () => {
  expect(registrationsSchema.safeParse(registered('5s')).success).toBe(true)
  const { error } = registrationsSchema.safeParse(registered('soon'))
  expect(error?.issues).toMatchObject([
    { path: ['hooks', 0, 'timeout'], message: expect.stringContaining('"soon" is not a duration') },
  ])
})

it('lets a timeout of 0 fail its handler, not the whole batch', () => {
  expect(eventsRequestSchema.safeParse({ events: [], timeouts: { greet: 0 } }).success).toBe(true)
})
