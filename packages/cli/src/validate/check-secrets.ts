import type { SourceFile } from './check-permissions.js'
import { positionOf } from './code-position.js'
import type { Finding } from './finding.js'
import { looksRandom, SECRET_ASSIGNMENT, SECRET_PATTERNS } from './secret-patterns.js'

const FIX =
  'Remove it and replace it wherever it was valid; read it from plugin.config, marked sensitive in config_schema'

/** Secrets left in files that would travel with the package. The report never repeats them. */
export function checkSecrets(files: readonly SourceFile[]): Finding[] {
  return files.flatMap(({ path, text }) => {
    const known = SECRET_PATTERNS.flatMap(({ name, pattern }) =>
      [...text.matchAll(pattern)].map((match) => finding('error', path, text, match.index, name)),
    )
    const lines = new Set(known.map(({ line }) => line))
    const assigned = [...text.matchAll(SECRET_ASSIGNMENT)]
      .filter(([, , value = '']) => looksRandom(value))
      .map((match) => finding('error', path, text, match.index, 'a secret'))
      .filter(({ line }) => !lines.has(line))
    return [...known, ...assigned]
  })
}

function finding(
  severity: Finding['severity'],
  file: string,
  text: string,
  offset: number,
  name: string,
): Finding {
  return {
    severity,
    rule: 'secret',
    file,
    ...positionOf(text, offset),
    message: `${file} contains ${name}`,
    fix: FIX,
  }
}
