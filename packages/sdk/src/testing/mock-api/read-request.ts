import { isIP } from 'node:net'
import type { Context } from 'hono'
import { z } from 'zod'
import { HttpError } from '../../http-error.js'

/** An id that a create may bring along. */
export const idField = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,128}$/, 'expected 1 to 128 of the characters A-Z a-z 0-9 . _ -')
  .refine((id) => !/^\.+$/.test(id), 'an id cannot consist of dots only')

/** A text with at least one visible character. */
export const textField = (maxLength: number) =>
  z.string().max(maxLength).regex(/\S/, 'expected a text that is not empty')

export const ipAddressField = z
  .string()
  .refine((text) => isIP(text) !== 0, 'expected an IPv4 or IPv6 address')

/** A time with its zone, normalised to UTC. */
export const timeField = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString())

export const attributesField = z.record(z.string(), z.unknown())

const count = (max: number, byDefault: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `expected a whole number from 1 to ${max}`)
    .transform(Number)
    .pipe(z.int().min(1).max(max))
    .default(byDefault)

/** The query of a list. */
export const pageQuery = (defaultSize: number) => ({
  page: count(999_999_999, 1),
  page_size: count(1_000, defaultSize),
})

/** The query, checked: what does not fit is a 422. */
export function readQuery<Schema extends z.ZodType>(c: Context, schema: Schema): z.output<Schema> {
  return validated(schema, c.req.query(), 'query parameter')
}

/** The JSON body, checked: 415 for another type, 400 for broken JSON, 422 for what does not fit. */
export async function readBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type)) {
    throw new HttpError(415, `Send the body as application/json instead of ${JSON.stringify(type)}`)
  }
  const text = await c.req.text()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new HttpError(400, 'The body is not valid JSON', { cause })
  }
  return validated(schema, json, 'body')
}

function validated<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: string,
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues.map(({ path, message }) => ({
    pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    detail: message,
  }))
  const [first] = errors
  throw new HttpError(422, `Invalid ${where}${first?.pointer ?? ''}: ${first?.detail ?? 'not valid'}`, {
    errors,
  })
}
