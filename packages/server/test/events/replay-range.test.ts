import { expect, it } from 'vitest'
import { replayJob } from '../../src/events/replay-range.js'

it('repeats an event for the handlers that failed, and for all when the plugin named none', () => {
  expect(replayJob('i', 'e', ['bill']).data).toEqual({ event_id: 'e', handlers: ['bill'] })
  expect(replayJob('i', 'e').data).toEqual({ event_id: 'e' })
  expect(replayJob('i', 'e', ['*']).data).toEqual({ event_id: 'e' })
})
