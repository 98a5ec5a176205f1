import type { Context } from 'hono'
import type { AppEnv } from './app-env.js'
import { HttpProblem, type ProblemDetail } from './http-problem.js'

interface Issue {
  path: readonly PropertyKey[]
  message: string
}

type ValidationResult = { target: string } & (
  | { success: true }
  | { success: false; error: { issues: readonly Issue[] } }
)

/** Turns what a schema found into 422 with pointers; an id in the path that cannot exist is 404. */
export function validationHook(result: ValidationResult, c: Context<AppEnv>): undefined {
  if (result.success) return undefined
  if (result.target === 'param') throw new HttpProblem(404, `There is nothing at ${c.req.path.slice(0, 256)}`)
  throw invalid(result.error.issues, result.target === 'query')
}

/** A 422 that lists every issue. */
function invalid(issues: readonly Issue[], isQuery: boolean): HttpProblem {
  const errors: ProblemDetail[] = issues.slice(0, 50).map(({ path, message }) => ({
    pointer: path.map((part) => `/${escaped(String(part))}`).join(''),
    detail: message,
  }))
  const [first] = errors
  const pointer = first?.pointer ?? ''
  const place = isQuery ? `query parameter ${pointer.slice(1)}`.trimEnd() : `body${pointer}`
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  return new HttpProblem(422, `Invalid ${place}: ${first?.detail ?? 'not valid'}${more}`, { errors })
}

function escaped(part: string): string {
  return part.slice(0, 128).replaceAll('~', '~0').replaceAll('/', '~1')
}
