import type { StandardSchemaV1 } from '@standard-schema/spec'
import { HttpError, type ProblemDetail } from '../http-error.js'

/** Where a part of the input came from, as it is named in a problem's pointers. */
export type InputPart = 'params' | 'query' | 'body'

/** Checks one part of a request; what does not fit is a 422 that names each place. */
export async function validateInput(
  part: InputPart,
  schema: StandardSchemaV1,
  value: unknown,
): Promise<unknown> {
  const result = await schema['~standard'].validate(value)
  if (!result.issues) return result.value
  const errors = result.issues.map(
    (issue): ProblemDetail => ({
      pointer: `/${[part, ...(issue.path ?? []).map(segmentKey)].map(escapeSegment).join('/')}`,
      detail: issue.message,
    }),
  )
  const [first] = errors
  throw new HttpError(
    422,
    `The ${part} of the request is not valid${first ? `: ${first.pointer} ${first.detail}` : ''}`,
    {
      errors,
    },
  )
}

function segmentKey(segment: PropertyKey | StandardSchemaV1.PathSegment): string {
  return String(typeof segment === 'object' ? segment.key : segment)
}

function escapeSegment(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The query as an object; a name given several times becomes a list. */
export function readQuery(url: string): Record<string, string | string[]> {
  const start = url.indexOf('?')
  if (start === -1) return {}
  const query: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    const known = query[name]
    query[name] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value]
  }
  return { ...query }
}

const JSON_TYPE = /^application\/([\w.+-]+\+)?json\b/i

/** The JSON body; `undefined` when the request carries none. */
export async function readBody(request: Request, isExpected: boolean): Promise<unknown> {
  const type = request.headers.get('content-type')
  // Whether there is a body shows when it is read: to look at `request.body` makes a server build a stream.
  if (!isExpected && (!type || !JSON_TYPE.test(type))) return undefined
  if (type && !JSON_TYPE.test(type)) {
    throw new HttpError(
      415,
      `The content type ${JSON.stringify(type)} is not supported: send application/json`,
    )
  }
  const text = await request.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new HttpError(400, 'The body is not valid JSON', { cause: error })
  }
}
