const TOKENS = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/g

/**
 * Source text with comments and quoted texts blanked out, every remaining character at its old place; templates
 * stay, since code stands in them.
 */
export function stripComments(source: string): string {
  return source.replace(TOKENS, (token) => (token.startsWith('`') ? token : token.replace(/[^\n]/g, ' ')))
}
