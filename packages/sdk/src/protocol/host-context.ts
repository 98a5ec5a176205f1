import { OpsError } from '../errors.js'
import { HOST_CONTEXT_VARIABLE, type HostContext, hostContextSchema } from './messages.js'

/**
 * The context a host left in the environment, or `undefined` for a plugin that runs on its own.
 *
 * @throws OpsError `host_context_invalid` when the variable holds something else.
 */
export function readHostContext(
  env: Readonly<Record<string, string | undefined>> = process.env,
): HostContext | undefined {
  const text = env[HOST_CONTEXT_VARIABLE]
  if (text === undefined || text === '') return undefined
  const parsed = hostContextSchema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  const places = parsed.error.issues.map((issue) => issue.path.join('.') || 'the value').join(', ')
  throw new OpsError(
    'host_context_invalid',
    `${HOST_CONTEXT_VARIABLE} is not what this SDK understands (${places}): run the plugin with a matching version of Ops-Center, or unset the variable`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
