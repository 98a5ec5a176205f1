import { asFields, listIn, textOf } from '../platform/answer.js'
import { logFieldsOf } from '../platform/log-fields.js'
import { type PlatformClient, pathSegment } from '../platform/platform-client.js'
import { colors } from '../terminal/colors.js'
import { withoutControls } from '../terminal/print.js'
import { happened } from './live-output.js'

type Fields = Record<string, unknown>

/** Shows what the plugin logs and which events reach it, as it happens. */
export interface PluginFollower {
  /** Looks once; calling it again shows only what is new. */
  look(id: string): Promise<void>
}

/** Levels nobody wants to see all day. */
const QUIET_LEVELS = new Set(['debug'])
const PAINT: Readonly<Record<string, (text: string) => string>> = {
  warning: colors.yellow,
  error: colors.red,
  critical: colors.red,
}

/** @param isVerbose Shows debug lines too. */
export function createPluginFollower(
  client: PlatformClient,
  show: (line: string) => void,
  { isVerbose = false, since = Date.now() } = {},
): PluginFollower {
  const seen = new Set<string>()
  const isNew = (fields: Fields, ...parts: readonly string[]) => {
    const name = [textOf(fields, 'id'), ...parts.map((part) => textOf(fields, part))].join(' ')
    if (seen.has(name)) return false
    seen.add(name)
    return true
  }
  return {
    async look(id) {
      const path = `/plugins/${pathSegment(id)}`
      const [deliveries, logs] = await Promise.all([
        client.request('GET', `${path}/deliveries`, { query: { page_size: '50' } }).then(listIn),
        client.request('GET', `${path}/logs`, { query: { lines: '200' } }).then(listIn),
      ])
      const lines = [
        ...deliveries
          .filter((delivery) => isNew(delivery, 'status', 'attempt'))
          .map((delivery) => ({ at: timeOf(delivery, 'created_at'), text: describeDelivery(delivery) })),
        ...logs
          .filter((entry) => isNew(entry) && (isVerbose || !QUIET_LEVELS.has(textOf(entry, 'level'))))
          .map((entry) => ({ at: timeOf(entry, 'time'), text: describeEntry(entry) })),
      ]
      lines.sort((a, b) => a.at - b.at)
      for (const { at, text } of lines) if (at >= since) show(text)
    },
  }
}

function timeOf(fields: Fields, name: string): number {
  return Date.parse(textOf(fields, name)) || 0
}

function describeDelivery(delivery: Fields): string {
  const handlers = Array.isArray(delivery.handlers) ? withoutControls(delivery.handlers.join(', ')) : ''
  const took = `${Math.round(Number(delivery.duration_ms ?? 0))} ms`
  const event = withoutControls(textOf(delivery, 'event'))
  const status = textOf(delivery, 'status')
  const failures = Array.isArray(delivery.failures) ? delivery.failures.map(asFields) : []
  const isFine = status === 'delivered' && failures.length === 0
  const errors = failures.map((failure) => `${textOf(failure, 'handler')}: ${textOf(failure, 'error')}`)
  const outcome = isFine ? colors.dim(took) : colors.red(withoutControls([status, ...errors].join('; ')))
  const text = `${event} ${colors.dim('->')} ${handlers || 'no handler'}  ${outcome}`
  return happened('event', text, colors.cyan, new Date(timeOf(delivery, 'created_at')))
}

function describeEntry(entry: Fields): string {
  const level = textOf(entry, 'level')
  const { text, stack } = logFieldsOf(entry)
  const message = withoutControls(textOf(entry, 'message'))
  const said = text === '' ? message : `${message} ${colors.dim(text)}`
  const line = happened(level, said, PAINT[level] ?? colors.dim, new Date(timeOf(entry, 'time')))
  return [line, ...stack.map((frame) => colors.dim(`             ${frame}`))].join('\n')
}
