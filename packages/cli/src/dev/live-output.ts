import { stripVTControlCharacters } from 'node:util'
import { colors } from '../terminal/colors.js'

/** Lines that scroll, above a footer that stays. */
export interface LiveOutput {
  line(text?: string): void
  /** What stands at the bottom of a terminal; shown nowhere else. */
  footer(lines: readonly string[]): void
  /** Holds lines back while something else has the screen. */
  during<Result>(work: () => Promise<Result>): Promise<Result>
  /** Takes the footer away. */
  close(): void
}

/** `12:30:45  event    text`: one shape for whatever happens. */
export function happened(
  kind: string,
  text: string,
  paint: (text: string) => string = colors.dim,
  at = new Date(),
): string {
  return `${colors.dim(at.toTimeString().slice(0, 8))}  ${paint(kind.padEnd(7))}  ${text}`
}

/** Without a terminal plain lines, one after the other. */
export function createLiveOutput(output: NodeJS.WriteStream = process.stdout): LiveOutput {
  let footer: readonly string[] = []
  let shown = 0
  let held: string[] | undefined
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
  const line = (text = '') => {
    if (held !== undefined) {
      held.push(text)
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
        return await work()
      } finally {
        const lines = held
        held = undefined
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

/** A footer that wraps could not be taken away again. */
function cut(text: string, width: number): string {
  const plain = stripVTControlCharacters(text)
  return plain.length < width ? text : `${plain.slice(0, width - 2)}…`
}
