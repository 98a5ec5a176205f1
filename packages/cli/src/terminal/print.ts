/** One line for the person or program that called. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** One line about how things go, kept apart from what is asked for. */
export function printNote(line = ''): void {
  process.stderr.write(`${line}\n`)
}

/** Indented JSON for scripts. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

/** Text from elsewhere on one line, without the control characters that could rewrite the terminal. */
export function withoutControls(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replace(/[\p{Cc}\u2028\u2029]/gu, (found) => (found === '\t' ? ' ' : '\ufffd'))
}
