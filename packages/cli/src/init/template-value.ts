/** How a value is written where a template names it: `{{ts:name}}` is a TypeScript string. */
const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  raw: (value) => value,
  ts: (value) => `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`,
  yaml: (value) => (isPlainWord(value) ? value : quoted(value)),
  md: (value) => value.replace(/[\\`*_{}[\]<>#|&]/g, (character) => `\\${character}`),
}

/**
 * Fills in a template.
 *
 * @throws Error for a placeholder without a value: a mistake in the template.
 * @example fillTemplate('name: {{yaml:name}}', { name: 'It\'s "new"' })
 */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+):(\w+)\}\}/g, (placeholder, encoding: string, name: string) => {
    const encode = ENCODINGS[encoding]
    const value = values[name]
    if (encode === undefined || value === undefined)
      throw new Error(`The template has ${placeholder}, which nothing fills in`)
    return encode(value)
  })
}

/** Versions and the like are read as numbers or dates by YAML readers, so anything not plainly a word is quoted. */
function isPlainWord(value: string): boolean {
  return (
    /^[A-Za-z](?:[A-Za-z -]*[A-Za-z])?$/.test(value) &&
    !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(value)
  )
}

/** JSON's strings are YAML's in double quotes; of the characters that YAML does not print, JSON leaves these. */
function quoted(value: string): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped)
}
