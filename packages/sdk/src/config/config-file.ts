import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { type Document, isCollection, isNode, isScalar, parseDocument } from 'yaml'
import { errorMessage } from '../errors.js'
import { normalizeConfigSchema } from '../manifest/normalize-config-schema.js'
import { isPlainObject } from '../manifest/plain-object.js'
import { ConfigError } from './config-error.js'
import type { ConfigSchema } from './config-schema.js'
import type { ConfigValues } from './config-value.js'

/** Name of the file in which people configure a plugin. */
export const CONFIG_FILE = 'config.yaml'
const MANIFEST_FILE = 'plugin.yaml'

function unreadable(file: string, cause: unknown): ConfigError {
  const message = `${file} cannot be read (${errorMessage(cause)}): check that it is a file and its permissions`
  return new ConfigError('config_file_unreadable', [{ path: '', message }], { cause })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
    throw unreadable(file, error)
  }
}

function parseText(text: string, file: string): Document {
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { merge: true, prettyErrors: true })
  if (document.errors.length === 0) return document
  const problems = document.errors.map((error) => ({
    path: '',
    message: `${file} is not YAML: ${error.message.split('\n')[0]?.replace(/:$/, '') ?? error.code}`,
  }))
  throw new ConfigError('config_file_invalid', problems)
}

function toValues(document: Document, file: string): ConfigValues {
  let root: unknown
  try {
    root = document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    const message = `${file} cannot be used: ${errorMessage(cause)}`
    throw new ConfigError('config_file_invalid', [{ path: '', message }], { cause })
  }
  if (root === null || root === undefined) return {}
  if (isPlainObject(root)) return root
  const found = Array.isArray(root) ? 'a list' : `only ${JSON.stringify(root)}`
  const message = `${file} holds ${found}: expected settings by name, such as "interval: 60"`
  throw new ConfigError('config_file_invalid', [{ path: '', message }])
}

/** The settings in `config.yaml`; none when the file is missing or empty. Throws `ConfigError`. */
export function readConfigFile(basePath: string): ConfigValues {
  const file = join(basePath, CONFIG_FILE)
  return toValues(parseText(readText(file), file), file)
}

/** The `config_schema` in `plugin.yaml`, if there is one. Throws `ConfigError`. */
export function readConfigSchema(basePath: string): ConfigSchema | undefined {
  const file = join(basePath, MANIFEST_FILE)
  const schema = normalizeConfigSchema(toValues(parseText(readText(file), file), file).config_schema)
  return isPlainObject(schema) ? schema : undefined
}

/**
 * Writes values into `config.yaml`, which keeps its comments, its order and everything else it says. The file is
 * replaced in one step; a new one is readable by its owner only, as it may hold secrets.
 */
export async function writeConfigFile(
  basePath: string,
  changes: readonly { steps: readonly string[]; value: unknown }[],
): Promise<void> {
  const file = join(basePath, CONFIG_FILE)
  let text: string | undefined
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (!isMissing(error)) throw unreadable(file, error)
  }
  const document = parseText(text ?? '', file)
  toValues(document, file)
  for (const { steps, value } of changes) {
    for (let length = 0; length < steps.length; length++) {
      const above = steps.slice(0, length)
      if (isCollection(document.getIn(above, true))) continue
      // An alias or a plain value on the way becomes a mapping of its own.
      const current: unknown = length === 0 ? {} : document.toJS()
      const held = above.reduce<unknown>((at, step) => (isPlainObject(at) ? at[step] : undefined), current)
      document.setIn(above, document.createNode(isPlainObject(held) ? held : {}))
    }
    document.setIn(steps, nodeLike(document, steps, value))
  }
  try {
    await writeFileAtomic(
      file,
      document.toString({ lineWidth: 0 }),
      text === undefined ? { mode: 0o600 } : {},
    )
  } catch (cause) {
    const message = `${file} cannot be written (${errorMessage(cause)}): check that the folder exists and its permissions`
    throw new ConfigError('config_file_unwritable', [{ path: '', message }], { cause })
  }
}

/** What to write in place of a node, with its comments and its style. */
function nodeLike(document: Document, steps: readonly string[], value: unknown): unknown {
  const old = document.getIn(steps, true)
  // A plain value is put into the scalar that is there, which keeps its comment and quotes.
  if ((isScalar(old) && typeof value !== 'object') || !isNode(old)) return value
  const node = document.createNode(value)
  if (isCollection(old) && isCollection(node)) node.flow = old.flow ?? false
  node.commentBefore = old.commentBefore ?? null
  node.comment = old.comment ?? null
  return node
}
