import { isIP } from 'node:net'
import { z } from '@hono/zod-openapi'
import { isStorableText } from './json-object.js'

/** An id: what a URL can carry unescaped, and never a dot segment. */
export const idField = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,128}$/, 'expected 1 to 128 of the characters A-Z a-z 0-9 . _ -')
  .refine((id) => !/^\.+$/.test(id), 'an id cannot consist of dots only')
  .openapi({ example: 'pump-7' })

/** A text of at least one visible character. */
export const textField = (maxLength: number) =>
  z
    .string()
    .max(maxLength, `expected at most ${maxLength} characters`)
    .regex(/\S/, 'expected a text that is not empty')
    .refine(isStorableText, 'a NUL character or half a surrogate pair cannot be stored')

/** A text that may be empty. */
export const optionalTextField = (maxLength: number) =>
  z
    .string()
    .max(maxLength, `expected at most ${maxLength} characters`)
    .refine(isStorableText, 'a NUL character or half a surrogate pair cannot be stored')

/** A time as RFC 3339 writes it, with its zone; read as a `Date`. */
export const timeField = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2026-01-27T10:30:45Z' })
  .transform((text) => new Date(text))
  .openapi({ type: 'string', format: 'date-time', example: '2026-01-27T10:30:45.000Z' })

/** A time in an answer. */
export const timeText = z.string().openapi({ format: 'date-time', example: '2026-01-27T10:30:45.000Z' })

export const ipAddressField = z
  .string()
  .refine((text) => isIP(text) !== 0, 'expected an IPv4 or IPv6 address')
  .openapi({ example: '192.0.2.17' })
