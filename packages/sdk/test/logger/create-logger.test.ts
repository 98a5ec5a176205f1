import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../src/logger/create-logger.js'
import { parseLogLine } from '../../src/logger/log-line.js'
import { capture, record } from './capture-lines.js'

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2024, 0, 27, 10, 30, 45, 123), toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a line', () => {
  it('is written as text exactly as documented', () => {
    const { logger, lines } = capture()
    logger.info('Message')
    logger.warn('Careful', { device_id: 'd1', text: 'two words', list: [1], nothing: null })
    expect(lines).toEqual([
      '2024-01-27 10:30:45 - ops_center.plugin.my-plugin - INFO - Message\n',
      '2024-01-27 10:30:45 - ops_center.plugin.my-plugin - WARNING - Careful device_id=d1 text="two words" list=[1] nothing=null\n',
    ])
  })

  it('is written as JSON with level, name and time', () => {
    expect(record({}, (logger) => logger.critical('Message', { count: 3 }))).toEqual({
      time: '2024-01-27T10:30:45.123Z',
      level: 'critical',
      logger: 'ops_center.plugin.my-plugin',
      plugin_id: 'my-plugin',
      message: 'Message',
      count: 3,
    })
  })

  it('keeps a full name as it is, without a plugin where there is none', () => {
    expect(record({ name: 'ops_center.plugin.a' }, (l) => l.info('x'))).toMatchObject({ plugin_id: 'a' })
    const server = record({ name: 'ops_center.server' }, (l) => l.info('x'))
    expect(server.logger).toBe('ops_center.server')
    expect(server).not.toHaveProperty('plugin_id')
  })

  it.each(['debug', 'info', 'warning', 'error', 'critical'] as const)('can be of level %s', (level) => {
    expect(record({}, (logger) => logger[level]('x')).level).toBe(level)
  })

  it('comes out once, however many loggers and children there are', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const first = createLogger({ name: 'a', env: {} })
    createLogger({ name: 'a', env: {} })
    first.child({ x: 1 }).child({ y: 2 }).info('once')
    expect(write.mock.calls).toEqual([['2024-01-27 10:30:45 - ops_center.plugin.a - INFO - once x=1 y=2\n']])
  })

  it('cannot be forged by a message or a field', () => {
    const { logger, lines } = capture()
    logger.info('harmless\n2024-01-27 10:30:45 - ops_center.plugin.other - CRITICAL - forged\r\u001b[2J')
    expect(
      lines[0]
        ?.split('\n')
        .slice(1, -1)
        .every((line) => line.startsWith('    ')),
    ).toBe(true)
    expect(lines[0]).not.toContain('\u001b')
    const fields = { level: 'debug', message: 'other', time: 'now', logger: 'x', plugin_id: 'y' }
    expect(record({}, (l) => l.info('mine', fields))).toEqual({
      time: '2024-01-27T10:30:45.123Z',
      level: 'info',
      logger: 'ops_center.plugin.my-plugin',
      plugin_id: 'my-plugin',
      message: 'mine',
      level_: 'debug',
      message_: 'other',
      time_: 'now',
      logger_: 'x',
      plugin_id_: 'y',
    })
  })
})

describe('levels and formats', () => {
  it('prints info and above by default, and what the environment asks for', () => {
    const quiet = capture()
    quiet.logger.debug('no')
    expect(quiet.lines).toEqual([])
    const loud = capture({ env: { OPS_CENTER_LOG_LEVEL: 'DEBUG', OPS_CENTER_LOG_FORMAT: 'json' } })
    loud.logger.debug('yes')
    expect(parseLogLine(loud.lines[0] ?? '')).toMatchObject({ level: 'debug', message: 'yes' })
    const strict = capture({ env: { OPS_CENTER_LOG_LEVEL: 'warn' } })
    strict.logger.info('no')
    strict.logger.warning('yes')
    expect(strict.lines).toHaveLength(1)
  })

  it('prefers options to the environment', () => {
    const { logger, lines } = capture({
      level: 'debug',
      format: 'text',
      env: { OPS_CENTER_LOG_LEVEL: 'error', OPS_CENTER_LOG_FORMAT: 'json' },
    })
    logger.debug('x')
    expect(lines[0]).toMatch(/ - DEBUG - x\n$/)
  })

  it('complains about a variable it does not understand and goes on', () => {
    const { logger, lines } = capture({ env: { OPS_CENTER_LOG_LEVEL: 'loud', OPS_CENTER_LOG_FORMAT: 'xml' } })
    logger.info('still here')
    expect(lines).toEqual([
      expect.stringContaining('WARNING - OPS_CENTER_LOG_LEVEL is "loud"'),
      expect.stringContaining('WARNING - OPS_CENTER_LOG_FORMAT is "xml"'),
      expect.stringContaining('INFO - still here'),
    ])
  })
})

describe('errors', () => {
  it('come with their stack, their own fields and their cause', () => {
    const cause = new RangeError('inner')
    const error = Object.assign(new TypeError('outer', { cause }), { status: 404 })
    const line = record({}, (logger) => logger.error(error, { device_id: 'd1' }))
    expect(line).toMatchObject({
      message: 'outer',
      device_id: 'd1',
      error: {
        name: 'TypeError',
        message: 'outer',
        status: 404,
        stack: expect.stringContaining('create-logger.test'),
        cause: { name: 'RangeError', stack: expect.stringContaining('RangeError: inner') },
      },
    })
  })

  it('print their stacks as text', () => {
    const { logger, lines } = capture()
    logger.error('It failed', { error: new Error('why', { cause: new Error('deeper') }), id: 1 })
    expect(lines[0]).toMatch(/ERROR - It failed id=1\n {4}Error: why\n {8}at /)
    expect(lines[0]).toMatch(/\n {4}caused by: Error: deeper\n/)
  })

  it('are shown wherever they are, and whatever was thrown', () => {
    expect(record({}, (l) => l.error('x', { list: [new Error('a')] }))).toMatchObject({
      list: [{ message: 'a' }],
    })
    expect(record({}, (l) => l.error('just a text'))).toMatchObject({ message: 'just a text' })
    expect(record({}, (l) => l.error(undefined))).toMatchObject({ message: 'undefined' })
    expect(record({}, (l) => l.error({ reason: 1 }))).toMatchObject({ error: { reason: 1 } })
  })
})

describe('on its own', () => {
  it('writes to standard output and lets the process end', () => {
    const module = new URL('../../dist/logger/index.js', import.meta.url).href
    const script = `import { createLogger } from ${JSON.stringify(module)}
      createLogger({ name: 'a' }).info('one')
      createLogger({ name: 'a' }).info('two')`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { OPS_CENTER_LOG_FORMAT: 'json' },
      timeout: 15_000,
    })
    expect(child.stderr).toBe('')
    expect(
      child.stdout
        .trim()
        .split('\n')
        .map((line) => parseLogLine(line)?.message),
    ).toEqual(['one', 'two'])
  })
})
