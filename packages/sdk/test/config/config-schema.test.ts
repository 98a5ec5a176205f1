import { describe, expect, it } from 'vitest'
import { schemaDefaults, schemaRoot } from '../../src/config/config-schema.js'

describe('schemaDefaults', () => {
  it('collects nested defaults, the outer ones over the inner', () => {
    const schema = {
      properties: {
        a: { default: 1 },
        none: { type: 'string' },
        nothing: { default: null },
        smtp: { default: { port: 25 }, properties: { port: { default: 587 }, host: { default: 'h' } } },
        list: { default: [1] },
      },
    }
    expect(schemaDefaults(schema)).toEqual({ a: 1, nothing: null, smtp: { port: 25, host: 'h' }, list: [1] })
  })

  it('follows references and allOf, but no alternatives', () => {
    const schema = {
      allOf: [{ properties: { a: { default: 1 } } }],
      anyOf: [{ properties: { b: { default: 2 } } }],
      properties: { c: { $ref: '#/$defs/x' }, broken: { $ref: '#/nowhere' } },
      $defs: { x: { default: 3 } },
    }
    expect(schemaDefaults(schema)).toEqual({ a: 1, c: 3 })
  })

  it('ends on a schema that refers to itself', () => {
    const schema = { $ref: '#', properties: { a: { default: 1 }, next: { $ref: '#' } } }
    expect(schemaDefaults(schema)).toEqual({ a: 1 })
    expect(schemaRoot(schema).at('next').at('next').names).toContain('a')
  })

  it('is not slowed down by a schema with many ways back to itself', () => {
    const again = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`p${index}`, { $ref: '#' }]))
    expect(schemaDefaults({ properties: { ...again, a: { default: 1 } } })).toEqual({ a: 1 })
  })

  it('leaves out optional sections that their defaults alone would make wrong, when asked', () => {
    const smtp = { required: ['host'], properties: { host: {}, port: { default: 587 } } }
    expect(schemaDefaults({ properties: { smtp } })).toEqual({ smtp: { port: 587 } })
    expect(schemaDefaults({ properties: { smtp } }, true)).toEqual({})
  })
})

describe('schemaRoot', () => {
  it('knows types, names and secrets at any place', () => {
    const root = schemaRoot({
      properties: {
        a: { type: ['string', 'null'], sensitive: true },
        b: { items: { properties: { c: { const: 5 } } } },
      },
      patternProperties: { '^x_': { type: 'boolean' } },
      additionalProperties: { type: 'integer' },
    })
    expect([...root.at('a').types]).toEqual(['string', 'null'])
    expect(root.at('a').sensitive).toBe(true)
    expect([...root.at('b').at('3').at('c').types]).toEqual(['number'])
    expect([...root.at('x_1').types]).toEqual(['boolean'])
    expect([...root.at('other').types]).toEqual(['integer'])
    expect(root.at('b').sensitive).toBeUndefined()
    expect(root.names).toEqual(['a', 'b'])
  })
})
