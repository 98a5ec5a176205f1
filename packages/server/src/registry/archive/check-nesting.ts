import { Lexer } from 'yaml'
import { PackageError } from './package-error.js'

/** No manifest needs more; parsers of YAML recurse, and deep enough they take the whole process with them. */
const MAX_NESTING = 64
const MAX_INDENTATION = 4 * MAX_NESTING
/** The parser compares each key with those before it, so their number counts twice. */
const MAX_ENTRIES = 3_000
const ENTRY_TOKENS: ReadonlySet<string> = new Set([':', '?', '-', ','])

/**
 * Looks at the tokens of a YAML text one by one, before anything recurses into it.
 *
 * @throws PackageError for collections that are nested too deep, however that is written, and for too many of
 * them.
 */
export function checkNesting(text: string, fileName: string): void {
  let brackets = 0
  let indicators = 0
  let entries = 0
  let isLineStart = true
  for (const token of new Lexer().lex(text)) {
    if (token === '\n' || token === '\r\n') {
      indicators = 0
      isLineStart = true
      continue
    }
    const isIndentation = isLineStart && /^[ \t]+$/.test(token)
    if (isIndentation && brackets === 0 && token.length > MAX_INDENTATION) throw tooDeep(fileName)
    isLineStart = false
    if (ENTRY_TOKENS.has(token) && ++entries > MAX_ENTRIES) throw tooMany(fileName)
    if (token === '[' || token === '{') brackets += 1
    else if (token === ']' || token === '}') brackets = Math.max(0, brackets - 1)
    else if ((token === '-' || token === '?' || token === ':') && brackets === 0) indicators += 1
    if (brackets > MAX_NESTING || indicators > MAX_NESTING) throw tooDeep(fileName)
  }
}

function tooMany(fileName: string): PackageError {
  return new PackageError(`${fileName} has more than ${MAX_ENTRIES} keys and list items: move data out of it`)
}

function tooDeep(fileName: string): PackageError {
  return new PackageError(`${fileName} is nested more than ${MAX_NESTING} levels deep: flatten it`)
}
