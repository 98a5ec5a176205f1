import { stripVTControlCharacters } from 'node:util'

/**
 * Breaks lines between words, so that a terminal does not break them within; what goes on stands under `indent`.
 * Without a width, as in a file or a pipe, a text stays as it is. A word that is too long stays whole: somebody may
 * want to copy it.
 *
 * @param columns Width of the terminal.
 * @example wrapText('error The key may not do this', process.stderr.columns, '  ')
 */
export function wrapText(text: string, columns: number | undefined, indent = ''): string {
  if (columns === undefined || columns < 40) return text
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, columns, `${/^ */.exec(line)?.[0] ?? ''}${indent}`))
    .join('\n')
}

function wrapLine(line: string, columns: number, indent: string): string[] {
  const width = (part: string) => stripVTControlCharacters(part).length
  if (width(line) < columns) return [line]
  const lines: string[] = []
  let current: string | undefined
  for (const word of line.split(/(?<=\S) /)) {
    if (current === undefined) current = word
    else if (width(current) + 1 + width(word) < columns) current += ` ${word}`
    else {
      lines.push(current)
      current = `${indent}${word}`
    }
  }
  return current === undefined ? lines : [...lines, current]
}
