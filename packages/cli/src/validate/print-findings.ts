import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { colors } from '../terminal/colors.js'
import { print, withoutControls } from '../terminal/print.js'
import { wrapText } from '../terminal/wrap-text.js'
import type { Finding } from './finding.js'

/** Findings for people: place, message, the line in question and the fix. */
export function printFindings(findings: readonly Finding[], folder: string): void {
  for (const line of formatFindings(findings, folder)) print(line)
}

/** The lines of {@link printFindings}. */
export function formatFindings(findings: readonly Finding[], folder: string): string[] {
  const { columns } = process.stdout
  return findings.flatMap((finding) => {
    const mark = finding.severity === 'error' ? colors.red('error') : colors.yellow('warning')
    const frame = codeFrame(finding, folder)
    return [
      wrapText(`${mark} ${colors.bold(placeOf(finding))}${withoutControls(finding.message)}`, columns, '  '),
      ...(frame === undefined ? [] : [frame]),
      wrapText(`  ${colors.cyan('fix')} ${withoutControls(finding.fix)}`, columns, '    '),
      '',
    ]
  })
}

/** `2 errors, 1 warning`. */
export function summarize(findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.length - errors
  const count = (amount: number, word: string) => `${amount} ${word}${amount === 1 ? '' : 's'}`
  return [errors > 0 ? count(errors, 'error') : '', warnings > 0 ? count(warnings, 'warning') : '']
    .filter((part) => part !== '')
    .join(', ')
}

function placeOf({ file, line, column }: Finding): string {
  if (file === undefined) return ''
  if (line === undefined) return `${file} `
  return `${file}:${line}:${column ?? 1} `
}

/** The line itself, except where it holds a secret: reports end up in logs. */
function codeFrame({ file, line, column, rule }: Finding, folder: string): string | undefined {
  if (file === undefined || line === undefined || rule === 'secret') return undefined
  let text: string
  try {
    text = readFileSync(join(folder, file), 'utf8').split('\n')[line - 1] ?? ''
  } catch {
    return undefined
  }
  const start = Math.max(0, (column ?? 1) - 50)
  const shown = withoutControls(text.replace(/\r$/, '').slice(start, start + 68))
  if (shown.trim() === '') return undefined
  const gutter = `${line} | `.padStart(8)
  const pointer = `${' '.repeat(gutter.length - 2)}| ${' '.repeat(Math.max(0, (column ?? 1) - 1 - start))}^`
  return `${colors.dim(gutter)}${shown}\n${colors.dim(pointer)}`
}
