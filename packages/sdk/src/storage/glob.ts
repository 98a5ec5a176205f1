/**
 * Turns a Redis-like glob into a regular expression for whole keys: `*` any run of any characters, `?` one character,
 * `[abc]` `[a-z]` `[^a]` one of a set, a backslash takes the next character as it is.
 *
 * @example globToRegExp('device:*').test('device:1') // true
 */
export function globToRegExp(pattern: string): RegExp {
  const segments = splitAtStars(pattern)
  const last = segments.length - 1
  let source = ''
  for (const [index, segment] of segments.entries()) {
    if (index === 0) source += segment
    else if (index === last) source += `.*${segment}`
    // A star never needs to give back what it skipped once the text after it was found, so a lookahead makes it
    // final: without this, a pattern with many stars takes exponential time on keys that almost match.
    else if (segment !== '') source += `(?=(?<s${index}>.*?${segment}))\\k<s${index}>`
  }
  return new RegExp(`^${source}$`, 'su')
}

function splitAtStars(pattern: string): string[] {
  const characters = [...pattern]
  const segments = ['']
  const append = (source: string) => {
    segments.push((segments.pop() ?? '') + source)
  }
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]
    if (character === '*') segments.push('')
    else if (character === '?') append('.')
    else if (character === '[') {
      const set = readSet(characters, at + 1)
      append(set?.source ?? literal('['))
      at = set?.end ?? at
    } else {
      if (character === '\\' && at + 1 < characters.length) at++
      append(literal(characters[at] ?? ''))
    }
  }
  return segments
}

interface CharacterSet {
  readonly source: string
  /** Index of the closing bracket. */
  readonly end: number
}

/** The set that begins at `start`, or undefined when its bracket is never closed. */
function readSet(characters: readonly string[], start: number): CharacterSet | undefined {
  const negated = characters[start] === '^'
  let members = ''
  let at = negated ? start + 1 : start
  const next = () => {
    if (characters[at] === '\\' && at + 1 < characters.length) at++
    return characters[at++] ?? ''
  }
  while (at < characters.length && characters[at] !== ']') {
    const first = next()
    if (characters[at] === '-' && at + 1 < characters.length && characters[at + 1] !== ']') {
      at++
      const [low = '', high = ''] = [first, next()].sort(byCodePoint)
      members += `${literal(low)}-${literal(high)}`
    } else members += literal(first)
  }
  return at < characters.length ? { source: `[${negated ? '^' : ''}${members}]`, end: at } : undefined
}

function byCodePoint(left: string, right: string): number {
  return codePoint(left) - codePoint(right)
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0
}

function literal(character: string): string {
  return character === '' ? '' : `\\u{${codePoint(character).toString(16)}}`
}
