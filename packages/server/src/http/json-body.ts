import type { Context, MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.js'
import { HttpProblem } from './http-problem.js'

/** Parsers and validators recurse, so bodies nested deeper are refused before they are parsed. */
const MAX_NESTING = 64

/** Whether a request says that its body is JSON. */
export function isJsonRequest(c: Context): boolean {
  return /^application\/([a-z.-]+\+)?json\b/i.test(c.req.header('content-type') ?? '')
}

/** Reads JSON bodies once, for everybody after it; refuses those too large (413), malformed (400), too deep (422). */
export function readJsonBody(maxBytes: number): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (isJsonRequest(c) && c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      const text = checked(await limitedText(c.req.raw, maxBytes))
      // Hono keeps promises here, whatever the type says.
      Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
    }
    await next()
  }
}

async function limitedText(request: Request, maxBytes: number): Promise<string> {
  const tooLarge = () => new HttpProblem(413, `The body is larger than ${maxBytes} bytes`)
  const length = request.headers.get('content-length')
  if (length !== null) {
    if (Number(length) > maxBytes) throw tooLarge()
    return request.text()
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** An empty body reads as `null`: whether one was needed is for the route to say. */
function checked(text: string): string {
  if (text.trim() === '') return 'null'
  if (nestingOf(text) > MAX_NESTING) {
    throw new HttpProblem(422, `The body is nested more than ${MAX_NESTING} levels deep`)
  }
  try {
    JSON.parse(text)
  } catch (cause) {
    throw new HttpProblem(400, 'The body is not valid JSON', { cause })
  }
  return text
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
