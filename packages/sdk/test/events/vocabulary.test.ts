import { describe, expect, it } from 'vitest'
import { eventCatalogue } from '../../src/events.js'
import {
  isEventName,
  isEventPattern,
  matchesEventPattern,
  permissionToHear,
  resourceOfEvent,
} from '../../src/vocabulary.js'

describe('names of events', () => {
  it.each(Object.keys(eventCatalogue))('%s is a name and belongs to the platform', (name) => {
    expect([isEventName(name), isEventPattern(name)]).toEqual([true, true])
    expect(resourceOfEvent(name)).toBe(name.split('.')[0])
  })

  it('have words and at least one dot', () => {
    expect(['prediction.completed', 'a.b.c', 'my-plugin.done_1'].map(isEventName)).toEqual([true, true, true])
    expect(['', 'a', 'a.', '.a', 'a..b', 'a b.c', '1.a', `a.${'x'.repeat(200)}`].some(isEventName)).toBe(
      false,
    )
  })

  it('are matched by themselves, their group and the star, and by nothing else', () => {
    const match = (pattern: string) => matchesEventPattern(pattern, 'device.status.changed')
    expect(['device.status.changed', 'device.*', 'device.status.*', '*'].map(match)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(['device.status', 'devic.*', 'device', 'alert.*', 'device.status.change'].some(match)).toBe(false)
  })

  it('need the permission to read what they are about', () => {
    expect(permissionToHear('device.created')).toBe('devices:read')
    expect(permissionToHear('organization.created')).toBe('organizations:read')
    expect([permissionToHear('plugin.enabled'), permissionToHear('prediction.completed')]).toEqual([
      undefined,
      undefined,
    ])
  })
})
