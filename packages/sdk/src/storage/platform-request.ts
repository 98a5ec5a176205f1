import * as z from 'zod'
import { OpsError } from '../errors.js'

/** The part of the API client the platform drivers need: `api.request`. Resolves to the parsed JSON answer. */
export type PlatformRequest = (
  method: 'GET' | 'PUT' | 'DELETE',
  path: string,
  options?: { query?: Record<string, string>; json?: unknown; repeatable?: boolean },
) => Promise<unknown>

/** Whether the platform answered with this HTTP status. */
export function isStatus(error: unknown, status: number): boolean {
  return error instanceof Error && 'status' in error && error.status === status
}

/** Whether the platform answered with a problem of this type. */
export function isProblem(error: unknown, type: string): error is Error {
  if (!(error instanceof Error) || !('problem' in error)) return false
  const { problem } = error
  return typeof problem === 'object' && problem !== null && 'type' in problem && problem.type === type
}

/**
 * What the platform answered, checked.
 *
 * @throws OpsError `platform_answer_invalid` when it is not what the contract says.
 */
export function parseAnswer<Answer>(schema: z.ZodType<Answer>, answer: unknown): Answer {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new OpsError(
    'platform_answer_invalid',
    `the platform answered something unexpected (${z.prettifyError(parsed.error)}): do SDK and server fit together?`,
    { cause: parsed.error },
  )
}
