import { describe, expect, it } from 'vitest'
import { parseLogLevel } from '../../src/logger/log-level.js'
import { formatTextLine, parseLogLine } from '../../src/logger/log-line.js'

describe('parseLogLine', () => {
  it('reads a line in JSON with its fields', () => {
    const line =
      '{"level":"warn","time":"2024-01-27T10:30:45.000Z","logger":"l","plugin_id":"p","message":"m","a":1}'
    expect(parseLogLine(line)).toEqual({
      level: 'warning',
      time: '2024-01-27T10:30:45.000Z',
      logger: 'l',
      plugin_id: 'p',
      message: 'm',
      a: 1,
    })
  })

  it.each([
    '',
    'plain text',
    '{"a":1}',
    '{broken',
    '[1]',
    'null',
    '{"level":"loud","time":"t","logger":"l","message":"m"}',
  ])('leaves %j alone', (line) => {
    expect(parseLogLine(line)).toBeUndefined()
  })
})

describe('formatTextLine', () => {
  it('leaves no empty word for a message that is empty', () => {
    const record = {
      level: 'info',
      time: '2024-01-27T10:30:45.999Z',
      logger: 'l',
      message: '',
      a: '',
    } as const
    expect(formatTextLine(record)).toBe('2024-01-27 10:30:45 - l - INFO - a=""')
  })
})

describe('parseLogLevel', () => {
  it('takes any case and the usual short forms, and refuses the rest', () => {
    expect([' INFO ', 'Warn', 'fatal'].map(parseLogLevel)).toEqual(['info', 'warning', 'critical'])
    expect(() => parseLogLevel('verbose')).toThrow(
      /"verbose" is not a log level: expected one of debug, info/,
    )
  })
})
