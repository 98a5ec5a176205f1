import fc from 'fast-check'
import { isJsonObject, type JsonObject } from '../../src/http/json-object.js'

const LONG = 'x'.repeat(70_000)

/** Texts that programs get wrong. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', '\0', '\ud800', '𝄞', '../..', '%00', "';--", '9'.repeat(400), LONG),
  fc.constantFrom(
    '0000-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-14:00',
    '2026-02-30T00:00:00Z',
    '1d',
    '* * * * *',
  ),
)

/** Values of another type than any schema asks for. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.double(),
  fc.constantFrom(null, true, -1, 1e308, 2 ** 53, [], {}, [[]]),
)

/** Values that mostly fit a JSON Schema, so that they get far, and often do not, so that they get nowhere. */
export function schemaArbitrary(schema: unknown, schemas: JsonObject, depth = 0): fc.Arbitrary<unknown> {
  if (!isJsonObject(schema) || depth > 6) return oddValue
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
  if (name !== undefined) return schemaArbitrary(schemas[name], schemas, depth + 1)
  return fc.oneof(
    { weight: 8, arbitrary: fitting(schema, schemas, depth) },
    { weight: 1, arbitrary: oddValue },
  )
}

function fitting(schema: JsonObject, schemas: JsonObject, depth: number): fc.Arbitrary<unknown> {
  if (Array.isArray(schema.enum)) return fc.constantFrom<unknown>(...schema.enum)
  const known = schema.example === undefined ? oddValue : fc.constant(schema.example)
  switch ([schema.type].flat()[0]) {
    case 'object': {
      const properties = isJsonObject(schema.properties) ? schema.properties : {}
      const parts = Object.entries(properties).map(([key, part]) => [
        key,
        schemaArbitrary(part, schemas, depth + 1),
      ])
      const record = fc.record<JsonObject>(Object.fromEntries(parts), { requiredKeys: [] })
      const extra = fc.dictionary(oddText, oddValue, { maxKeys: 2 })
      return fc.oneof(
        record,
        known,
        fc.tuple(record, extra).map(([a, b]) => ({ ...a, ...b })),
      )
    }
    case 'array':
      return fc.array(schemaArbitrary(schema.items, schemas, depth + 1), { maxLength: 4 })
    case 'integer':
    case 'number':
      return fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer(), fc.double())
    case 'boolean':
      return fc.boolean()
    default:
      return fc.oneof(
        known,
        fc.constantFrom('d', 'a@example.com', 'https://example.invalid/x', 'device.*'),
        oddText,
      )
  }
}
