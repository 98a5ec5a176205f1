import { z } from 'zod'

const objectSchema = z.record(z.string(), z.unknown())

/** An answer as named fields; anything else has none. */
export function asFields(value: unknown): Record<string, unknown> {
  const parsed = objectSchema.safeParse(value)
  return parsed.success ? parsed.data : {}
}

/** The first list of objects in an answer, whatever its name: `{"plugins": [...], "pagination": {...}}`. */
export function listIn(value: unknown): Record<string, unknown>[] {
  const list = Array.isArray(value)
    ? value
    : Object.values(asFields(value)).find((field) => Array.isArray(field))
  return Array.isArray(list) ? list.map(asFields) : []
}

/** The first of the named fields that has something to show, as text. */
export function textOf(fields: Readonly<Record<string, unknown>>, ...names: readonly string[]): string {
  for (const name of names) {
    const value = fields[name]
    if (typeof value === 'string' && value !== '') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  }
  return ''
}
