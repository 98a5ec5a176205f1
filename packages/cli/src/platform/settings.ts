import { CliError } from '../cli-error.js'
import { asFields } from './answer.js'

type Settings = Record<string, unknown>

const UNSAFE = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Settings of the command line as one object: `['smtp.port=587', 'name=x']` -> `{ smtp: { port: 587 }, name: 'x' }`.
 * What is JSON is read as JSON, anything else is text.
 *
 * @throws CliError for an entry without `=` or without a name.
 */
export function parseSettings(entries: readonly string[], base: Readonly<Settings> = {}): Settings {
  return entries.reduce<Settings>(
    (settings, entry) => {
      const split = entry.indexOf('=')
      if (split <= 0) {
        throw new CliError('setting_invalid', `${JSON.stringify(entry)} is not a setting`, {
          fix: 'Write key=value, such as smtp.port=587',
        })
      }
      return withSetting(settings, parseKey(entry.slice(0, split)), parseValue(entry.slice(split + 1)))
    },
    structuredClone({ ...base }),
  )
}

/** The value at a dotted key, or `undefined`. */
export function settingAt(settings: unknown, key: string): unknown {
  return parseKey(key).reduce<unknown>((value, step) => {
    const fields = asFields(value)
    return Object.hasOwn(fields, step) ? fields[step] : undefined
  }, settings)
}

function parseKey(key: string): string[] {
  const steps = key.split('.')
  if (steps.some((step) => step === '' || UNSAFE.has(step))) {
    throw new CliError('setting_invalid', `${JSON.stringify(key)} is not the name of a setting`, {
      fix: 'Write names joined by dots, such as smtp.port',
    })
  }
  return steps
}

function withSetting(settings: Settings, [step = '', ...rest]: readonly string[], value: unknown): Settings {
  return {
    ...settings,
    [step]: rest.length === 0 ? value : withSetting(asFields(settings[step]), rest, value),
  }
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
