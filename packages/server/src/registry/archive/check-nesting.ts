import { Lexer } from 'yaml'
import { PackageError } from './package-error.js'

/** No manifest needs more; parsers of YAML recurse, and deep enough they take the whole process with them. */
const MAX_NESTING = 64
const MAX_INDENTATION = 4 * MAX_NESTING

/**
 * Looks at the tokens of a YAML text one by one, before anything recurses into it.
 *
 * @throws PackageError for collections that are nested too deep, however that is written.
 */
export function checkNesting(text: string, fileName: string): void {
  let brackets = 0
  let indicators = 0
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
    if (token === '[' || token === '{') brackets += 1
    else if (token === ']' || token === '}') brackets = Math.max(0, brackets - 1)
    else if ((token === '-' || token === '?' || token === ':') && brackets === 0) indicators += 1
    if (brackets > MAX_NESTING || indicators > MAX_NESTING) throw tooDeep(fileName)
  }
}

function tooDeep(fileName: string): PackageError {
  return new PackageError(`${fileName} is nested more than ${MAX_NESTING} levels deep: flatten it`)
}
