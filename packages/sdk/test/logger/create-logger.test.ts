import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLogger, type LoggerOptions } from '../../src/logger/create-logger.js'
import { parseLogLine } from '../../src/logger/log-line.js'
import type { Logger } from '../../src/logger/logger.js'

/** A logger and the lines it wrote. */
function capture(options: Partial<LoggerOptions> = {}): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) }
  return { logger: createLogger({ name: 'my-plugin', env: {}, destination, ...options }), lines }
}

/** The only line of a logger in JSON. */
function record(options: Partial<LoggerOptions>, write: (logger: Logger) => void): Record<string, unknown> {
  const { logger, lines } = capture({ format: 'json', level: 'debug', ...options })
  write(logger)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^[^\n]+\n$/)
  return { ...parseLogLine(lines[0] ?? '') }
}

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

describe('fields', () => {
  it('never make it throw', () => {
    const circular: Record<string, unknown> = { big: 10n ** 20n, f: () => 1, s: Symbol('s'), u: undefined }
    circular.self = circular
    const hostile = {
      circular,
      nan: Number.NaN,
      date: new Date(0),
      invalid: new Date(Number.NaN),
      map: new Map([['k', new Set([1])]]),
      bytes: new Uint8Array(3),
      url: new URL('http://a.test/'),
      get trap() {
        throw new Error('gotcha')
      },
      json: {
        toJSON() {
          throw new Error('no json')
        },
      },
      proxy: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no keys')
          },
        },
      ),
      shared: [circular.f, circular.f],
    }
    expect(record({}, (logger) => logger.info('hostile', hostile))).toMatchObject({
      circular: { big: '100000000000000000000', f: '[function f]', s: 'Symbol(s)', self: '[circular]' },
      nan: 'NaN',
      date: '1970-01-01T00:00:00.000Z',
      invalid: 'Invalid Date',
      map: { k: [1] },
      bytes: '[Uint8Array of 3 bytes]',
      url: 'http://a.test/',
      trap: '[unreadable: gotcha]',
      json: '[unreadable: no json]',
      proxy: '[unreadable: no keys]',
    })
  })

  it('never make it throw, not even when they are no fields or the message is none', () => {
    const { logger, lines } = capture({ format: 'json' })
    const untyped: { info: (...words: unknown[]) => void } = logger
    untyped.info('list', [1, 2])
    untyped.info('number', 5)
    untyped.info(Object.create(null))
    untyped.info(
      new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error('no')
          },
        },
      ),
    )
    expect(lines.map((line) => parseLogLine(line))).toMatchObject([
      { message: 'list', fields: [1, 2] },
      { message: 'number', fields: 5 },
      { message: '{}' },
      { message: expect.stringContaining('cannot be printed') },
    ])
  })

  it('are cut where they get too deep or too many', () => {
    let deep: object = {}
    for (let level = 0; level < 5_000; level++) deep = { deep }
    const line = record({}, (logger) =>
      logger.info('x', { deep, many: Array.from({ length: 2_000 }, () => 1) }),
    )
    expect(JSON.stringify(line.deep)).toContain('[object]')
    expect(line.many).toHaveLength(1_001)
  })

  it('of a child add to those of its parent and can be replaced', () => {
    const line = record({ fields: { a: 1, b: 1 } }, (l) => l.child({ b: 2, c: 2 }).info('x', { c: 3 }))
    expect(line).toMatchObject({ a: 1, b: 2, c: 3 })
  })
})

describe('secrets', () => {
  it('are masked by the name of their field, at any depth', () => {
    const fields = {
      password: 'a1',
      smtp: { apiKey: 'b2', api_key: 'b2', host: 'shown' },
      headers: [{ Authorization: 'c3', 'x-auth-token': 'c3', Cookie: 'c3' }],
      map: new Map([['client_secret', 'd4']]),
      mine: 'e5',
      max_tokens: 100,
      has_password: true,
      password_hint: '',
    }
    const line = record({ redact: ['Mine'] }, (logger) => logger.info('x', fields))
    expect(line).toMatchObject({
      smtp: { host: 'shown' },
      max_tokens: 100,
      has_password: true,
      password_hint: '',
    })
    expect(JSON.stringify(line)).not.toMatch(/a1|b2|c3|d4|e5/)
  })

  it.each(['text', 'json'] as const)('are masked by value wherever they turn up, in %s', (format) => {
    const { logger, lines } = capture({ format })
    const child = logger.child({ place: 'db://hunter2/x' })
    logger.addSecret('hunter2')
    logger.addSecret('hunter2-and-more')
    logger.addSecret('p@ss/"quoted"\n')
    child.error(new Error('login with hunter2 failed', { cause: new Error('hunter2-and-more') }), {
      deep: [{ note: 'p@ss/"quoted"\n', url: `http://x.test/?k=${encodeURIComponent('p@ss/"quoted"\n')}` }],
    })
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toMatch(/hunter2|and-more|quoted/)
    expect(lines[0]).toContain('login with *** failed')
  })

  it('are masked in URLs and bearer tokens without being registered', () => {
    const line = record({}, (l) => l.info('postgres://me:pw123@db/x with Bearer abc123def456', {}))
    expect(line.message).toBe('postgres://me:***@db/x with Bearer ***')
  })

  it('that are too short to be told from other words are left alone', () => {
    const { logger, lines } = capture()
    logger.addSecret('on')
    logger.info('Connection on')
    expect(lines[0]).toMatch(/Connection on\n$/)
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
