import { describe, expect, it } from 'vitest'
import { parseLogLine } from '../../src/logger/log-line.js'
import { capture, record } from './capture-lines.js'

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
    const untyped = (...words: unknown[]) => Reflect.apply(logger.info, undefined, words)
    untyped('list', [1, 2])
    untyped('number', 5)
    untyped(Object.create(null))
    const getPrototypeOf = () => {
      throw new Error('no')
    }
    untyped(new Proxy({}, { getPrototypeOf }))
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
