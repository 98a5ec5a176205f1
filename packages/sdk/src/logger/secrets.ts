/** What is printed in place of a secret. */
export const MASK = '***'

/** Shorter values are not searched for in texts: masking each `on` or `42` would ruin every line. */
const MIN_LENGTH = 4

/** Values that must not be printed, wherever they turn up. */
export interface Secrets {
  /** Registers values; those under 4 characters are left out. */
  add(values: Iterable<string>): void
  /** The text with registered values, passwords in URLs and bearer tokens replaced by `***`. */
  mask(text: string): string
}

const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi
const BEARER = /\b(Bearer\s+)(?=[\w.~+/=-]*\d)[\w.~+/=-]{8,}/gi
const SECRET_ANYWHERE =
  /passw(or)?d|passphrase|secret|apikey|(private|access|signing|encryption)key|authorization|credential/
const SECRET_AT_END = /(^pass|token|pwd|cookie|jwt)s?$/

/** Whether a field's name says that its value is a secret (`password`, `apiKey`, `X-Auth-Token`). */
export function isSecretName(name: string, more: ReadonlySet<string> = new Set()): boolean {
  if (more.has(name.toLowerCase())) return true
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  return SECRET_ANYWHERE.test(plain) || SECRET_AT_END.test(plain)
}

function spellings(value: string): string[] {
  try {
    return [value, encodeURIComponent(value)]
  } catch {
    return [value]
  }
}

/**
 * A register of secret values.
 *
 * @example
 * const secrets = createSecrets()
 * secrets.add(['hunter2'])
 * secrets.mask('login failed for hunter2') // 'login failed for ***'
 */
export function createSecrets(values: Iterable<string> = []): Secrets {
  const known = new Set<string>()
  let pattern: RegExp | undefined
  const secrets: Secrets = {
    add(added) {
      for (const value of added) {
        if (value.trim().length >= MIN_LENGTH) for (const text of spellings(value)) known.add(text)
      }
      // Longest first, so that a secret which contains another one disappears as a whole.
      const texts = [...known].sort((a, b) => b.length - a.length)
      const escaped = texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      pattern = escaped.length === 0 ? undefined : new RegExp(escaped.join('|'), 'g')
    },
    mask(text) {
      const masked = pattern === undefined ? text : text.replace(pattern, MASK)
      return masked.replace(URL_PASSWORD, `$1${MASK}@`).replace(BEARER, `$1${MASK}`)
    },
  }
  secrets.add(values)
  return secrets
}
