import { stripVTControlCharacters } from 'node:util'
import { colors } from '../terminal/colors.js'
import { wrapText } from '../terminal/wrap-text.js'

/** Lines that scroll, above a footer that stays. */
export interface LiveOutput {
  line(text?: string): void
  /** What stands at the bottom of a terminal; shown nowhere else. */
  footer(lines: readonly string[]): void
  /**
   * Holds lines back while a prompt has the screen, and shows them after it. `withNotice` adds to the prompt's message
   * how many wait; the prompt is drawn again as their number grows.
   */
  during<Result>(work: (withNotice: (message: string) => string) => Promise<Result>): Promise<Result>
  /** Takes the footer away. */
  close(): void
}

/** What is written to: a terminal, or whatever stands in its place. */
export interface LiveTerminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
  emit(event: 'resize'): unknown
}

/** Somebody who left a prompt open over night wants the end of it. */
const MAX_HELD = 1_000

/** `12:30:45  event    text`: one shape for whatever happens. */
export function happened(
  kind: string,
  text: string,
  paint: (text: string) => string = colors.dim,
  at = new Date(),
): string {
  return `${colors.dim(at.toTimeString().slice(0, 8))}  ${paint(kind.padEnd(7))}  ${text}`
}

/** Where the text of a line begins, and goes on in the next one. */
const TEXT_COLUMN = 19

/** Without a terminal plain lines, one after the other. */
export function createLiveOutput(output: LiveTerminal = process.stdout): LiveOutput {
  let footer: readonly string[] = []
  let shown = 0
  let held: string[] | undefined
  let forgotten = 0
  const hide = () => {
    if (shown > 0) output.write(`\u001b[${shown}F\u001b[J`)
    shown = 0
  }
  const show = () => {
    if (!output.isTTY || held !== undefined) return
    const width = output.columns || 80
    for (const text of footer) output.write(`${cut(text, width)}\n`)
    shown = footer.length
  }
  const line = (whole = '') => {
    const text = output.isTTY ? wrapLine(whole, output.columns) : whole
    if (held !== undefined) {
      held.push(text)
      if (held.length > MAX_HELD) {
        held.shift()
        forgotten += 1
      }
      // What a prompt listens to in order to draw itself again.
      output.emit('resize')
      return
    }
    hide()
    output.write(`${text}\n`)
    show()
  }
  return {
    line,
    footer: (lines) => {
      footer = lines
      if (held !== undefined) return
      hide()
      show()
    },
    during: async (work) => {
      hide()
      held = []
      try {
        return await work((message) => {
          const waiting = forgotten + (held?.length ?? 0)
          if (waiting === 0) return message
          return `${message} ${colors.dim(`(${waiting} ${waiting === 1 ? 'line waits' : 'lines wait'})`)}`
        })
      } finally {
        const lines = forgotten === 0 ? held : [colors.dim(`... ${forgotten} lines before`), ...held]
        held = undefined
        forgotten = 0
        for (const text of lines) output.write(`${text}\n`)
        show()
      }
    },
    close: () => {
      hide()
      footer = []
    },
  }
}

function wrapLine(text: string, columns: number | undefined): string {
  const begins = /^ */.exec(text)?.[0].length ?? 0
  return wrapText(text, columns, ' '.repeat(Math.max(0, TEXT_COLUMN - begins)))
}

/** A footer that wraps could not be taken away again. */
function cut(text: string, width: number): string {
  const plain = stripVTControlCharacters(text)
  return plain.length < width ? text : `${plain.slice(0, width - 2)}…`
}
