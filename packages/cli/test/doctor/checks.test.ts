import { describe, expect, it } from 'vitest'
import { checkNode } from '../../src/doctor/check-machine.js'
import { checkClock } from '../../src/doctor/check-platform.js'

describe('the checks of doctor', () => {
  it.each([
    ['20.18.3', 'error'],
    ['20.19.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('judges Node %s as %s', (version, status) => {
    expect(checkNode(version).status).toBe(status)
  })

  const now = Date.parse('2024-01-27T10:00:00Z')
  it.each([
    ['Sat, 27 Jan 2024 10:00:03 GMT', 'agrees'],
    ['Sat, 27 Jan 2024 09:59:00 GMT', 'This machine is 60 s ahead of Ops-Center'],
    ['Sat, 27 Jan 2024 10:10:00 GMT', 'This machine is 600 s behind Ops-Center'],
  ])('compares clocks: %s', (header, message) => {
    expect(checkClock(header, now)).toMatchObject([{ message }])
  })

  it('says nothing about the clock of a server that tells none', () => {
    expect(checkClock(null, now)).toEqual([])
  })
})
