import { parse } from 'yaml'
import { isPlainObject } from '../manifest/plain-object.js'
import type { ConfigProblem } from './config-error.js'
import { assignmentTo, isForbiddenName, readAt, writeAt } from './config-path.js'
import { jsonType, type SchemaPlace } from './config-schema.js'
import { type ConfigValues, mergeValues } from './config-value.js'

/** What the names of all variables of a configuration begin with. */
const ENV_PREFIX = 'OPS_PLUGIN_CONFIG__'

/** The variable that sets what is at a path: `OPS_PLUGIN_CONFIG__SMTP__HOST`. */
export function envName(steps: readonly string[]): string {
  return ENV_PREFIX + steps.map((step) => step.toUpperCase().replace(/[^A-Z0-9_]/g, '_')).join('__')
}

/** What the environment says. */
export interface EnvironmentValues {
  values: ConfigValues
  problems: readonly ConfigProblem[]
}

/**
 * The values set by variables. A variable's words are matched with known names in any case, `_` standing for `-` too;
 * its text becomes what the schema says, else what it replaces, else stays a text.
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  schema: SchemaPlace,
  below: ConfigValues,
): EnvironmentValues {
  let values: ConfigValues = {}
  const problems: ConfigProblem[] = []
  const variables = Object.entries(env)
    .filter(
      (entry): entry is [string, string] =>
        entry[0].toUpperCase().startsWith(ENV_PREFIX) && entry[1] !== undefined,
    )
    .map(([name, text]) => ({ name, text, words: name.slice(ENV_PREFIX.length).split('__') }))
    // The whole before its parts, so that a part can still differ.
    .sort((a, b) => a.words.length - b.words.length || (a.name < b.name ? -1 : 1))
  for (const { name, text, words } of variables) {
    if (words.some((word) => word === '' || isForbiddenName(word.toLowerCase()))) {
      const message = `The environment variable ${name} does not name a setting: expected words joined by two underscores, such as ${ENV_PREFIX}SMTP__HOST`
      problems.push({ path: '', message })
      continue
    }
    const current = mergeValues(below, values)
    const { steps, place } = locate(words, schema, current)
    const value = coerce(text, place.types, readAt(below, steps), place.at('0').types)
    if (value === undefined) continue
    const assignment = assignmentTo(current, steps, value)
    const written = writeAt(values, assignment.steps, assignment.value)
    if (isPlainObject(written)) values = written
  }
  return { values, problems }
}

/** The path a variable's words mean, by the names that are known at each step. */
function locate(
  words: readonly string[],
  schema: SchemaPlace,
  current: ConfigValues,
): { steps: string[]; place: SchemaPlace } {
  let place = schema
  const steps: string[] = []
  for (const word of words) {
    const known = [...place.names, ...namesIn(readAt(current, steps))]
    const step = matchName(word, known)
    steps.push(step)
    place = place.at(step)
  }
  return { steps, place }
}

function namesIn(value: unknown): string[] {
  return isPlainObject(value) ? Object.keys(value) : []
}

function matchName(word: string, known: readonly string[]): string {
  const squash = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')
  return (
    known.find((name) => name === word) ??
    known.find((name) => name.toLowerCase() === word.toLowerCase()) ??
    known.find((name) => squash(name) === squash(word)) ??
    word.toLowerCase()
  )
}

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
}

/** A variable's text as one of the wanted types; the text itself where it is none of them, for validation to report. */
function coerce(
  text: string,
  declared: ReadonlySet<string>,
  replaced: unknown,
  items: ReadonlySet<string>,
): unknown {
  const wanted = declared.size > 0 || replaced === undefined ? declared : new Set([jsonType(replaced)])
  const trimmed = text.trim()
  if (wanted.has('null') && /^(null|~)?$/i.test(trimmed) && !(trimmed === '' && wanted.has('string')))
    return null
  if (wanted.size === 0 || wanted.has('string')) return text
  // An empty variable is how shells unset one; only a text can really be empty.
  if (trimmed === '') return undefined
  if (
    (wanted.has('number') || wanted.has('integer')) &&
    /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)
  ) {
    return Number(trimmed)
  }
  if (wanted.has('boolean')) {
    const flag = FLAGS[trimmed.toLowerCase()]
    if (flag !== undefined) return flag
  }
  if (wanted.has('array') || wanted.has('object')) return coerceCollection(text, wanted, items)
  return text
}

function coerceCollection(text: string, wanted: ReadonlySet<string>, items: ReadonlySet<string>): unknown {
  let value: unknown
  try {
    value = parse(text)
  } catch {
    value = undefined
  }
  if (Array.isArray(value) ? wanted.has('array') : isPlainObject(value) && wanted.has('object')) return value
  if (!wanted.has('array')) return text
  return text.split(',').map((item) => coerce(item.trim(), items, undefined, new Set()))
}
