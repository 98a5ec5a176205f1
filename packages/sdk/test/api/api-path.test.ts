import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apiPath, encodeSegment, parseApiPath } from '../../src/api/api-path.js'
import { ApiRequestError } from '../../src/api/errors.js'

describe('apiPath', () => {
  it('encodes what is put in as one segment', () => {
    expect(apiPath`/devices/${'a?x=1'}/status`).toBe('/devices/a%3Fx%3D1/status')
    expect(apiPath`/devices/${'rack 1/#7'}`).toBe('/devices/rack%201%2F%237')
  })

  it.each(['..', '.', '../users/u1', 'a/../b', '..\\users', ''])('refuses %j as an id', (id) => {
    expect(() => encodeSegment(id)).toThrow(ApiRequestError)
  })

  it('refuses half a character instead of failing obscurely', () => {
    expect(() => encodeSegment('\ud800')).toThrow(/well-formed/)
  })

  it('never lets an id leave its segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (id) => {
        let path: string
        try {
          path = apiPath`/devices/${id}`
        } catch (error) {
          expect(error).toBeInstanceOf(ApiRequestError)
          return
        }
        const url = new URL(path, 'http://ops.test')
        expect(url.search + url.hash).toBe('')
        expect(url.pathname.split('/')).toHaveLength(3)
        expect(decodeURIComponent(url.pathname.slice('/devices/'.length))).toBe(id)
      }),
    )
  })
})

describe('parseApiPath', () => {
  it('takes paths with and without leading slash, base and query', () => {
    expect(parseApiPath('devices')).toEqual({ path: '/devices', search: '' })
    expect(parseApiPath('/api/v1/devices')).toEqual({ path: '/devices', search: '' })
    expect(parseApiPath('/devices?page=2')).toEqual({ path: '/devices', search: 'page=2' })
  })

  it.each([
    '/devices/../users/u1',
    '/devices/%2e%2e/users',
    '/devices/..%2Fusers',
    '/devices/a%5c..%5cb',
    '//evil.test/x',
    'http://evil.test/x',
    '/devices\\..\\users',
    '/devices//status',
    '/devices/',
    '/devices/a b',
    '/devices/a\r\nX: y',
    '/devices#x',
    '/devices/%zz',
    '',
  ])('refuses %j', (path) => {
    expect(() => parseApiPath(path)).toThrow(ApiRequestError)
  })
})
