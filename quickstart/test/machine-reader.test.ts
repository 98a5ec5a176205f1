import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { createMachineReader, usedPercent } from '../src/machine-reader.js'

test('a reading has what this machine really measures', async () => {
  const read = await createMachineReader(tmpdir())
  const { cpu_percent, memory_percent, disk_percent, load_1m } = await read()
  for (const percent of [cpu_percent, memory_percent, disk_percent ?? 0]) {
    expect(percent).toBeGreaterThanOrEqual(0)
    expect(percent).toBeLessThanOrEqual(100)
  }
  expect(memory_percent).toBeGreaterThan(0)
  expect(load_1m).toBeGreaterThanOrEqual(0)
})

test('the disk is the one with the longest path above the folder', () => {
  const disks = [
    { mount: '/', use: 10 },
    { mount: '/home', use: 20 },
    { mount: '/home/anna', use: 30 },
    { mount: '/home/ann', use: 40 },
  ]
  expect(usedPercent(disks, '/home/anna/data')).toBe(30)
  expect(usedPercent(disks, '/home/annabelle')).toBe(20)
  expect(usedPercent(disks, '/srv')).toBe(10)
  expect(usedPercent([], '/srv')).toBeUndefined()
})
