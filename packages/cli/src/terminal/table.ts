import { stripVTControlCharacters } from 'node:util'
import { colors } from './colors.js'
import { withoutControls } from './print.js'

/**
 * Rows under their headings in aligned columns.
 *
 * @example formatTable(['id', 'state'], [['weather', 'enabled']])
 */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(withoutControls))
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...clean.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[], paint: (text: string) => string) =>
    cells.map((cell, column) => paint(cell.padEnd(widths[column] ?? 0))).join('  ')
  const lines = [line(headings, colors.bold), ...clean.map((row) => line(row, (text) => text))]
  return lines.map(trimEnd).join('\n')
}

function trimEnd(line: string): string {
  return stripVTControlCharacters(line) === line ? line.trimEnd() : line
}
