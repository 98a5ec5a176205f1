/** How one kind of secret looks in a text. */
export interface SecretPattern {
  readonly name: string
  readonly pattern: RegExp
}

export const SECRET_PATTERNS: readonly SecretPattern[] = [
  { name: 'a private key', pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/g },
  { name: 'an Ops-Center key', pattern: /\boc[ki]_[A-Za-z0-9]{4,}_[A-Za-z0-9_-]{16,}/g },
  { name: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { name: 'a GitHub token', pattern: /\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{22,}\b/g },
  { name: 'a GitLab token', pattern: /\bglpat-[A-Za-z0-9_-]{20,}/g },
  { name: 'an npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { name: 'a Slack token', pattern: /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g },
  {
    name: 'a Slack webhook',
    pattern: /https:\/\/hooks\.slack\.com\/services\/[A-Z0-9]+\/[A-Z0-9]+\/[A-Za-z0-9]{16,}/g,
  },
  { name: 'a Stripe key', pattern: /\b[rs]k_live_[A-Za-z0-9]{16,}/g },
  { name: 'a Google API key', pattern: /\bAIza[A-Za-z0-9_-]{35}\b/g },
  { name: 'an OpenAI or Anthropic key', pattern: /\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}/g },
  { name: 'a SendGrid key', pattern: /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}/g },
  {
    name: 'a JSON Web Token',
    pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g,
  },
  {
    name: 'a password in an address',
    pattern:
      /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@'"`${}<>]+:(?!\*|x{3}|password@|pass@|secret@)[^\s:/@'"`${}<>]{4,}@[^\s'"`/]+/gi,
  },
]

/** An assignment to a name that speaks of a secret; the value decides whether it is one. */
export const SECRET_ASSIGNMENT =
  /\b[\w.-]*(?:password|passwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|private[_-]?key|access[_-]?token)\b["']?\s*[:=]\s*(["'])([^"'\s]{8,})\1/gi

const PLACEHOLDER =
  /^(?:.*(?:example|changeme|change-me|placeholder|your[-_]|dummy|sample|redacted).*|x+|\*+|\.+|<.*>|\$\{.*\}|test.*)$/i

/** Whether a value given to a secret-sounding name looks random rather than made up for a reader. */
export function looksRandom(value: string): boolean {
  if (PLACEHOLDER.test(value)) return false
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length
  return value.length >= 12 && kinds >= 2 && bitsPerCharacter(value) >= 3
}

function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}
