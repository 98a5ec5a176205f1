import { withoutControls } from '../terminal/print.js'
import { asFields, textOf } from './answer.js'

/** Where an entry came from, not what it says. */
const PLUMBING = new Set([
  'logger',
  'stream',
  'pid',
  'hostname',
  'plugin',
  'plugin_id',
  'event_id',
  'organization_id',
  'trace_id',
])

/** What a log entry says besides its message. */
export interface LogFields {
  /** `device_id=web-1 value=95` on one line; empty when there is nothing. */
  readonly text: string
  /** Of the first error among the fields, without the frames of Node itself. */
  readonly stack: readonly string[]
}

/** Picks what is worth showing out of the `fields` of a log entry. */
export function logFieldsOf(entry: Readonly<Record<string, unknown>>): LogFields {
  const stackOf = (value: unknown) => textOf(asFields(value), 'stack')
  const fields = Object.entries(asFields(entry.fields)).filter(([name]) => !PLUMBING.has(name))
  const stack = fields.map(([, value]) => stackOf(value)).find((text) => text !== '') ?? ''
  const shown = fields
    .filter(([, value]) => stackOf(value) === '')
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const frames = stack.split('\n').filter((line) => line !== '' && !line.includes('node:internal'))
  return { text: withoutControls(shown.join(' ')), stack: frames.map(withoutControls) }
}
