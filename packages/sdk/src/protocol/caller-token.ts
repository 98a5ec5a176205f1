import { createHmac, timingSafeEqual } from 'node:crypto'
import * as z from 'zod'

/** Carries who calls a route, signed by the host; whatever a caller sends under this name is dropped. */
export const CALLER_HEADER = 'x-ops-caller'

/** Milliseconds that the clocks of host and plugin may be apart. */
const MAX_AGE_MS = 300_000

/** Who calls a route, as it travels. */
export const callerSchema = z.object({
  /** `key` is one that belongs to no user. */
  kind: z.enum(['user', 'key', 'plugin']),
  /** The id of the user, the key or the plugin. */
  id: z.string(),
  name: z.string(),
  organization_id: z.string(),
  /** Only of a user: admin, operator or viewer. */
  role: z.string().optional(),
  permissions: z.array(z.string()),
})
export type CallerData = z.infer<typeof callerSchema>

const payloadSchema = z.object({ caller: callerSchema, issued_at: z.number() })

/** The one request a token is good for. */
export interface CallerBinding {
  method: string
  /** Path and query as the plugin sees them: `/plugins/{id}/predict?full=1`. */
  path: string
}

/**
 * What the host sends in {@link CALLER_HEADER}: `{payload}.{signature}`, both base64url. The signature is HMAC-SHA256
 * with the secret of this start over `ops-caller`, method, path and payload, each on a line of its own.
 *
 * @example signCaller(secret, caller, { method: 'POST', path: '/plugins/weather/predict' })
 */
export function signCaller(
  secret: string,
  caller: CallerData,
  binding: CallerBinding,
  now = Date.now(),
): string {
  const payload = Buffer.from(JSON.stringify({ caller, issued_at: now })).toString('base64url')
  return `${payload}.${signatureOf(secret, payload, binding).toString('base64url')}`
}

/** Who a token says is calling; undefined when it is forged, too old, or was made for another request. */
export function verifyCaller(
  secret: string,
  token: string,
  binding: CallerBinding,
  now = Date.now(),
): CallerData | undefined {
  const [payload = '', signature = '', ...rest] = token.split('.')
  const given = Buffer.from(signature, 'base64url')
  const expected = signatureOf(secret, payload, binding)
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected))
    return undefined
  const parsed = payloadSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  if (!parsed.success || Math.abs(now - parsed.data.issued_at) > MAX_AGE_MS) return undefined
  return parsed.data.caller
}

function signatureOf(secret: string, payload: string, { method, path }: CallerBinding): Buffer {
  return createHmac('sha256', secret).update(`ops-caller\n${method}\n${path}\n${payload}`).digest()
}
