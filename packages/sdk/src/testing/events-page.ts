import { z } from 'zod'
import { eventCatalogue } from '../events.js'
import { permissionToHear } from '../vocabulary.js'
import { eventPayload } from './event-payload.js'

const HEAD = `# Events

Every event carries one payload object. Around it travel \`event_id\`, \`organization_id\`, \`occurred_at\` and
\`caused_by\`, in the \`event\` of a handler's second argument. A plugin hears an event if it may read what it is about.

\`\`\`ts
plugin.hook('device.metrics_updated', async ({ device_id, metrics }, { event, signal }) => {})
plugin.hook('device.*', (payload, { event }) => {}) // every event of devices
plugin.hook('*', (payload, { event }) => {}) // everything the plugin may read
\`\`\`

Events of a plugin's own are defined with \`defineEvent('prediction.completed', schema)\`.

This page is made from the event catalogue: \`npm run docs:events -w packages/sdk\`.
`

/** `docs/events.md`: every event of the platform with its fields and an example, from the catalogue. */
export function createEventsPage(): string {
  const names = Object.keys(eventCatalogue).filter(isCatalogued)
  const index = names.map(
    (name) => `| [\`${name}\`](#${name.replaceAll('.', '')}) | ${eventCatalogue[name].description} |`,
  )
  return `${[HEAD, '| event | when |', '| --- | --- |', ...index].join('\n')}\n${names.map(section).join('')}`
}

function isCatalogued(name: string): name is keyof typeof eventCatalogue {
  return Object.hasOwn(eventCatalogue, name)
}

function section(name: keyof typeof eventCatalogue): string {
  const schema = eventCatalogue[name]
  const permission = permissionToHear(name)
  const fields = Object.entries(schema.shape).map(
    ([field, type]) => `| \`${field}\` | ${describeType(type)} |`,
  )
  return `
## ${name}

${schema.description} ${permission ? `To hear it: \`${permission}\`.` : 'Every plugin hears it.'}

| field | type |
| --- | --- |
${fields.join('\n')}

\`\`\`json
${JSON.stringify(exampleOf(name), null, 2)}
\`\`\`
`
}

/** Fixtures count their ids, which would change the page with the order of its making. */
function exampleOf(name: string): unknown {
  const text = JSON.stringify(eventPayload(name))
  return JSON.parse(text.replaceAll(/\b(device|alert|user|organization|webhook)-\d+/g, '$1-1'))
}

function describeType(type: z.ZodType): string {
  const { $schema: _, ...schema } = z.toJSONSchema(type)
  return typeOf(schema)
}

function typeOf(schema: z.core.JSONSchema.BaseSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.anyOf)
    return schema.anyOf.map((one) => (typeof one === 'object' ? typeOf(one) : 'anything')).join(' or ')
  const names = Object.keys(schema.properties ?? {})
  if (names.length > 0) return `object: ${names.map((name) => `\`${name}\``).join(', ')}`
  return String(schema.type ?? 'anything')
}
