import { expect, test } from 'vitest'
import { parseQuickstartOptions } from '../src/quickstart-options.js'

test('without anything set, readings come once a second and the data is in the folder given', () => {
  expect(parseQuickstartOptions([], {}, '/repo')).toEqual({
    interval: 1_000,
    statusEvery: 10_000,
    dataDir: '/repo/.ops-center',
    adminKey: undefined,
  })
})

test('the environment and the command line are honoured, and empty variables are not set', () => {
  const env = { OPS_CENTER_DATA_DIR: '/data', OPS_CENTER_ADMIN_KEY: 'key-1' }
  const options = parseQuickstartOptions(['--interval', '100', '--status-every=2s'], env, '/repo')
  expect(options).toEqual({ interval: 100, statusEvery: 2_000, dataDir: '/data', adminKey: 'key-1' })
  const empty = { OPS_CENTER_DATA_DIR: '', OPS_CENTER_ADMIN_KEY: '' }
  expect(parseQuickstartOptions([], empty, '/repo')).toMatchObject({
    dataDir: '/repo/.ops-center',
    adminKey: undefined,
  })
})

test('help is asked for with --help', () => {
  expect(parseQuickstartOptions(['--help'], {}, '/repo')).toBeUndefined()
})

test.each(['3x', '10', '2d', '-1s', ''])('the interval %j is refused with what is expected', (text) => {
  expect(() => parseQuickstartOptions([`--interval=${text}`], {}, '/repo')).toThrow(
    `--interval is ${text}: expected a time from 50ms to 1d, such as 1s`,
  )
})

test('an unknown option is refused with the usage', () => {
  expect(() => parseQuickstartOptions(['--wat'], {}, '/repo')).toThrow(/--wat.*Usage: npm start/s)
})
