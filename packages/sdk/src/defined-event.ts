import type { StandardSchemaV1 } from '@standard-schema/spec'
import { OpsError } from './errors.js'
import { isEventName, resourceOfEvent } from './vocabulary.js'

/** An event of a plugin's own, with the shape of its payload. */
export interface DefinedEvent<Name extends string = string, Payload = unknown, Given = Payload> {
  readonly name: Name
  readonly schema: StandardSchemaV1<Given, Payload>
}

/** The payload of a {@link DefinedEvent}. */
export type DefinedPayload<Event> =
  Event extends DefinedEvent<string, infer Payload, infer _Given> ? Payload : never

/**
 * Defines an event of a plugin's own: `plugin.hook` infers its payload, `plugin.emit` checks it. Any Standard
 * Schema of an object will do, Zod's among them.
 *
 * @throws OpsError `event_name_invalid`; `event_name_reserved` for names that begin with a resource of the platform.
 * @example
 * export const predictionCompleted = defineEvent('prediction.completed', z.object({ confidence: z.number() }))
 * plugin.hook(predictionCompleted, ({ confidence }) => {})
 * await plugin.emit(predictionCompleted, { confidence: 0.9 })
 */
export function defineEvent<const Name extends string, Given extends object, Payload extends object>(
  name: Name,
  schema: StandardSchemaV1<Given, Payload>,
): DefinedEvent<Name, Payload, Given> {
  if (!isEventName(name)) {
    throw new OpsError(
      'event_name_invalid',
      `Cannot define the event ${JSON.stringify(name)}: a name has words and a dot, such as "prediction.completed"`,
    )
  }
  const resource = resourceOfEvent(name)
  if (resource) {
    throw new OpsError(
      'event_name_reserved',
      `Cannot define the event "${name}": names that begin with "${resource}." belong to the platform, choose another first word`,
    )
  }
  return Object.freeze({ name, schema })
}

/** What an emit comes to. */
export interface Emission {
  name: string
  payload: Record<string, unknown>
}

/**
 * The name and payload of an event that is told; a payload is checked where the event was defined, and only then
 * is there something to wait for.
 *
 * @throws OpsError `event_name_invalid`, `event_payload_invalid`.
 */
export function resolveEmission(
  event: string | DefinedEvent,
  payload: Record<string, unknown> = {},
): Emission | Promise<Emission> {
  if (typeof event !== 'string') return checkedPayload(event, payload)
  if (isEventName(event)) return { name: event, payload }
  throw new OpsError(
    'event_name_invalid',
    `Cannot emit ${JSON.stringify(event)}: an event name has words and a dot, such as "prediction.completed"`,
  )
}

async function checkedPayload({ name, schema }: DefinedEvent, payload: object): Promise<Emission> {
  const result = await schema['~standard'].validate(payload)
  if (!result.issues) return { name, payload: { ...Object(result.value) } }
  const problems = result.issues.map(({ path = [], message }) => {
    const place = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    return place === '' ? message : `${place}: ${message}`
  })
  throw new OpsError(
    'event_payload_invalid',
    `The payload of "${name}" is not what its schema expects: ${problems.join('; ')}`,
  )
}
