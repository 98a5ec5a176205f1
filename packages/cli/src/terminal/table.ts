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
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [colors.bold(line(headings)), ...clean.map(line)].join('\n')
}
