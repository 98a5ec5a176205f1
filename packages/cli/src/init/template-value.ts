import { stringify } from 'yaml'

/** How a value is written where a template names it: `{{ts:name}}` is a TypeScript string. */
const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  raw: (value) => value,
  ts: (value) => `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`,
  yaml: (value) => stringify(value, { lineWidth: 0, defaultStringType: yamlStyle(value) }).trimEnd(),
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

/** Versions and the like read as numbers or dates by other YAML readers, so anything not plainly a word is quoted. */
function yamlStyle(value: string): 'PLAIN' | 'QUOTE_DOUBLE' {
  return /^[A-Za-z][A-Za-z -]*$/.test(value) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(value)
    ? 'PLAIN'
    : 'QUOTE_DOUBLE'
}
