import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { isDatabaseUnavailable } from '../../src/database/unavailable.js'
import { problemOf } from '../../src/http/problem-response.js'

const withCode = (code: string) => Object.assign(new Error('no'), { code })

describe('a database that is out of reach', () => {
  it('is told from a query that is wrong, and from mistakes of ours', () => {
    for (const code of ['57P01', '57P03', '08006', '53300', 'ECONNREFUSED', 'ECONNRESET'])
      expect(isDatabaseUnavailable(withCode(code)), code).toBe(true)
    for (const code of ['23505', '42P01', '40001', 'ENOENT', 'plugin_unreachable'])
      expect(isDatabaseUnavailable(withCode(code)), code).toBe(false)
    expect(isDatabaseUnavailable(new Error('Connection terminated unexpectedly'))).toBe(true)
    expect(isDatabaseUnavailable(new TypeError('x is undefined'))).toBe(false)
    expect(isDatabaseUnavailable('ECONNREFUSED')).toBe(false)
  })

  it('is answered with 503 and a time to try again', async () => {
    const error: unknown = await new pg.Client('postgres://nobody@127.0.0.1:1/none').connect().catch((e) => e)
    const problem = problemOf(error)
    expect(problem).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
    expect(problem.message).toBe('The database cannot be reached right now')
  })
})
