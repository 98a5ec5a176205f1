import { z } from '@hono/zod-openapi'

/** Deeper values are refused: every later reader, in any language, would have to recurse as deep. */
const MAX_DEPTH = 32

export type JsonObject = Record<string, unknown>

type Path = (string | number)[]

/** Whether a value is an object with keys, as `{}` in JSON. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether PostgreSQL can keep a text: it has no NUL, and UTF-8 has no lone surrogates. */
export function isStorableText(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text)
}

/** Any JSON object, with a problem for everything that could not be stored and read back as it is. */
export const jsonObject = z
  .custom<JsonObject>(isJsonObject, 'expected an object')
  .superRefine((value, context) => {
    for (const { path, message } of jsonProblems(value)) context.addIssue({ code: 'custom', path, message })
  })
  .openapi({ type: 'object', additionalProperties: true })

/** Walks without recursion, so that no nesting can exhaust the stack; stops at the first few problems. */
function jsonProblems(root: JsonObject): { path: Path; message: string }[] {
  const problems: { path: Path; message: string }[] = []
  const waiting: { value: unknown; path: Path }[] = [{ value: root, path: [] }]
  for (let next = waiting.pop(); next && problems.length < 10; next = waiting.pop()) {
    const message = problemOf(next.value, next.path)
    if (message !== undefined) problems.push({ path: next.path.slice(0, MAX_DEPTH), message })
    else if (typeof next.value === 'object' && next.value !== null) {
      for (const [key, value] of Object.entries(next.value)) {
        waiting.push({ value, path: [...next.path, Array.isArray(next.value) ? Number(key) : key] })
      }
    }
  }
  return problems
}

function problemOf(value: unknown, path: Path): string | undefined {
  const key = path.at(-1)
  if (path.length > MAX_DEPTH) return `nested more than ${MAX_DEPTH} levels deep`
  if (key === '__proto__') return 'the key __proto__ is not allowed'
  if (typeof key === 'string' && !isStorableText(key))
    return 'a key with a NUL character or half a surrogate pair'
  if (typeof value === 'string' && !isStorableText(value))
    return 'text with a NUL character or half a surrogate pair'
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number that is too large'
  if (value === undefined || ['function', 'symbol', 'bigint'].includes(typeof value))
    return 'not a JSON value'
  return undefined
}
