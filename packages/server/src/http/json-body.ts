import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { AppEnv } from './app-env.js'
import { HttpProblem } from './http-problem.js'

/** Parsers and validators after this one recurse, so bodies nested deeper are refused before they are parsed. */
const MAX_NESTING = 64

/** Refuses JSON bodies that are too large (413) or nested too deep (422). */
export function jsonBodyLimits(maxBytes: number): MiddlewareHandler<AppEnv>[] {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new HttpProblem(413, `The body is larger than ${maxBytes} bytes`)
    },
  })
  return [limit, refuseDeepNesting]
}

const refuseDeepNesting: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (/json/i.test(c.req.header('content-type') ?? '') && nestingOf(await c.req.text()) > MAX_NESTING) {
    throw new HttpProblem(422, `The body is nested more than ${MAX_NESTING} levels deep`)
  }
  await next()
}

/** The deepest nesting of a JSON text, found without parsing it. */
function nestingOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (code === 0x7d || code === 0x5d) depth--
  }
  return deepest
}
