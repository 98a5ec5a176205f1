import { HttpProblem } from '../../http/http-problem.js'

/** What is refused, or cut off, because the server is being stopped: to be tried again at the next one. */
export function serverStopping(cause?: unknown): HttpProblem {
  return new HttpProblem(503, 'The server is being stopped', { cause, headers: { 'retry-after': '5' } })
}
