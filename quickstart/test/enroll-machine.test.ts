import { MockApiClient } from '@ops-center/plugin-sdk/testing'
import { expect, test } from 'vitest'
import { enrollMachine, machineId } from '../src/enroll-machine.js'

const never = new AbortController().signal

test.each([
  ['web-1', 'web-1'],
  ['Annas MacBook.fritz.box', 'annas-macbook'],
  ['WIN_7', 'win_7'],
  ['größe', 'gro-e'],
  ['日本', 'this-machine'],
  ['', 'this-machine'],
  ['..', 'this-machine'],
  ['x'.repeat(300), 'x'.repeat(128)],
])('the machine %j is the device %j', (name, id) => {
  expect(machineId(name)).toBe(id)
})

test('enrolling twice leaves one device, which is online again and keeps what others wrote on it', async () => {
  const api = new MockApiClient()
  const first = await enrollMachine(api, never)
  expect(first.isNew).toBe(true)
  await api.devices.update(first.device.id, { status: 'offline', metadata: { rack: 7 } })

  const second = await enrollMachine(api, never)
  expect(second.isNew).toBe(false)
  expect(second.device).toMatchObject({ id: first.device.id, status: 'online', metadata: { rack: 7 } })
  expect((await api.devices.list()).pagination.total_count).toBe(1)
})
