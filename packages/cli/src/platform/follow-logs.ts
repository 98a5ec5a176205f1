import { setTimeout as wait } from 'node:timers/promises'
import { CliError } from '../cli-error.js'
import { asFields } from './answer.js'
import type { PlatformClient } from './platform-client.js'
import { readLines } from './read-lines.js'

type LogEntry = Record<string, unknown>

const RECONNECT_MS = 1_000
/** Entries asked for again after a break, to show what was written meanwhile. */
const CATCH_UP_LINES = '1000'

/**
 * Shows log entries as they are written, until the platform ends the stream. A connection that breaks, such as a
 * quiet one that something in between closes, is opened again; no entry is shown twice.
 */
export async function followLogs(
  client: PlatformClient,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  show: (entry: LogEntry) => void,
): Promise<void> {
  let shown = new Set<unknown>()
  const showOnce = (entry: LogEntry): void => {
    if (entry.id !== undefined && shown.has(entry.id)) return
    shown.add(entry.id)
    if (shown.size > 10_000) shown = new Set([...shown].slice(-5_000))
    show(entry)
  }
  const open = (lines: string | undefined) =>
    client.open('GET', path, { query: { ...query, lines, follow: 'true' } })
  let response: Response | undefined = await open(query.lines)
  while (
    response === undefined ||
    (response.body !== null && !(await isReadToEnd(response.body, showOnce)))
  ) {
    await wait(RECONNECT_MS)
    response = await open(CATCH_UP_LINES).catch(unlessUnreachable)
  }
}

/** A platform that restarts is waited for; a refusal is final. */
function unlessUnreachable(error: unknown): undefined {
  if (error instanceof CliError && /^(?:connection_\w+|timed_out|http_50[234])$/.test(error.code))
    return undefined
  throw error
}

async function isReadToEnd(
  body: ReadableStream<Uint8Array>,
  show: (entry: LogEntry) => void,
): Promise<boolean> {
  try {
    for await (const line of readLines(body)) {
      const entry = parseLine(line)
      if (entry !== undefined) show(entry)
    }
    return true
  } catch (error) {
    // What fetch throws when a connection breaks while the body is read; anything else is a mistake of ours.
    if (error instanceof TypeError && error.message === 'terminated') return false
    throw error
  }
}

/** An entry of a stream: a line of JSON, bare or as the data of a server-sent event. */
function parseLine(line: string): LogEntry | undefined {
  const text = line.replace(/^data:\s?/, '')
  if (!text.startsWith('{')) return undefined
  try {
    return asFields(JSON.parse(text))
  } catch {
    return undefined
  }
}
