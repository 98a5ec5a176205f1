import { Lexer } from 'yaml'
import type { ManifestIssue } from './manifest-error.js'

/** In bytes. */
export const MAX_MANIFEST_SIZE = 1_000_000

/** No manifest needs more; parsers of YAML recurse, and deep enough they take the whole process with them. */
const MAX_NESTING = 64
const MAX_INDENTATION = 4 * MAX_NESTING
/** The parser compares each key with those before it, so their number counts twice. */
const MAX_ENTRIES = 3_000
const ENTRY_TOKENS: ReadonlySet<string> = new Set([':', '?', '-', ','])

/**
 * Looks at the tokens of a YAML text one by one, before anything recurses into it: what is too large, nested too deep
 * however that is written, or has too many entries. Undefined when it is safe to parse.
 */
export function nestingIssue(text: string): ManifestIssue | undefined {
  const size = Buffer.byteLength(text)
  if (size > MAX_MANIFEST_SIZE) return tooLarge(size)
  let brackets = 0
  let indicators = 0
  let entries = 0
  let line = 1
  let isLineStart = true
  for (const token of new Lexer().lex(text)) {
    if (token === '\n' || token === '\r\n') {
      indicators = 0
      line += 1
      isLineStart = true
      continue
    }
    const isIndentation = isLineStart && /^[ \t]+$/.test(token)
    if (isIndentation && brackets === 0 && token.length > MAX_INDENTATION) return tooDeep(line)
    isLineStart = false
    if (ENTRY_TOKENS.has(token) && ++entries > MAX_ENTRIES) return tooMany(line)
    if (token === '[' || token === '{') brackets += 1
    else if (token === ']' || token === '}') brackets = Math.max(0, brackets - 1)
    else if ((token === '-' || token === '?' || token === ':') && brackets === 0) indicators += 1
    if (brackets > MAX_NESTING || indicators > MAX_NESTING) return tooDeep(line)
    line += lineBreaksIn(token)
  }
  return undefined
}

/** The issue of a manifest that has more bytes than any needs. */
export function tooLarge(size: number): ManifestIssue {
  const message = `The manifest has ${size} bytes: expected at most ${MAX_MANIFEST_SIZE}`
  return { path: '', message, fix: 'Move data out of it', line: 1, column: 1 }
}

function tooMany(line: number): ManifestIssue {
  const message = `The manifest has more than ${MAX_ENTRIES} keys and list items`
  return { path: '', message, fix: 'Move data out of it', line, column: 1 }
}

function tooDeep(line: number): ManifestIssue {
  const message = `The manifest is nested more than ${MAX_NESTING} levels deep`
  return { path: '', message, fix: 'Flatten it', line, column: 1 }
}

/** A text over several lines is one token. */
function lineBreaksIn(token: string): number {
  let count = 0
  for (let at = token.indexOf('\n'); at !== -1; at = token.indexOf('\n', at + 1)) count += 1
  return count
}
