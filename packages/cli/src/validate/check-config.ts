import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoadedManifest } from '@ops-center/plugin-sdk/manifest'
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { Finding } from './finding.js'

/** `config.yaml` against `config_schema`: unreadable files, unknown settings, secrets with a value. */
export async function checkConfig(folder: string, { manifest }: LoadedManifest): Promise<Finding[]> {
  const file = 'config.yaml'
  let text: string
  try {
    text = await readFile(join(folder, file), 'utf8')
  } catch {
    return []
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  if (document.errors.length > 0) {
    return document.errors.map(({ message, pos }) => ({
      severity: 'error',
      rule: 'config',
      ...place(pos[0]),
      message: `The YAML cannot be read: ${message}`,
      fix: 'Check indentation, quotes and colons here',
    }))
  }
  const settings = document.contents
  if (settings === null) return []
  if (!isMap(settings)) {
    const message = 'config.yaml is not a mapping of settings to values'
    return [
      {
        severity: 'error',
        rule: 'config',
        ...place(0),
        message,
        fix: 'Write one setting per line: limit: 3',
      },
    ]
  }
  const properties = propertiesOf(manifest.config_schema)
  return settings.items.flatMap(({ key, value }): Finding[] => {
    if (!isScalar(key)) return []
    const name = String(key.value)
    const isSet = isScalar(value) && value.value !== null && value.value !== ''
    if (!isSensitive(properties[name]) || !isSet) return []
    const message = `config.yaml gives ${name} a value, which plugin.yaml marks as sensitive`
    const fix = `Leave it empty and set OPS_PLUGIN_CONFIG__${name.toUpperCase()} where the plugin runs`
    return [{ severity: 'error', rule: 'secret', ...place(key.range?.[0] ?? 0), message, fix }]
  })
}

function propertiesOf(schema: unknown): Record<string, unknown> {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return {}
  const { properties } = schema
  return typeof properties === 'object' && properties !== null ? { ...properties } : {}
}

function isSensitive(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'sensitive' in schema && schema.sensitive === true
}
