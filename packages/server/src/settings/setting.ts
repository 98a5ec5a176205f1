import { parseDuration } from '@ops-center/plugin-sdk'

/** How one setting is written as text, in the environment or in a file. */
export interface Setting<Value> {
  /** Name of the environment variable. */
  env: string
  /** What a value looks like, for messages. */
  expected: string
  /** Undefined when `text` is not understood. */
  parse(text: string): Value | undefined
}

export const setting = <Value>(
  env: string,
  expected: string,
  parse: (text: string) => Value | undefined,
): Setting<Value> => ({ env, expected, parse })

export const oneOf = <Name extends string>(env: string, ...allowed: readonly Name[]): Setting<Name> =>
  setting(env, `one of ${allowed.join(', ')}`, (text) => allowed.find((name) => name === text.toLowerCase()))

export const integer = (env: string, what: string, min: number, max: number): Setting<number> =>
  setting(env, `${what} from ${min} to ${max}`, (text) => {
    const number = Number(text)
    return /^\d+$/.test(text) && number >= min && number <= max ? number : undefined
  })

/** Milliseconds, or a length of time such as `10s`; at least `min` milliseconds. */
export const duration = (env: string, example: string, min = 0): Setting<number> =>
  setting(env, `a length of time such as ${example}`, (text) => {
    try {
      const milliseconds = parseDuration(/^\d+$/.test(text) ? Number(text) : text)
      return milliseconds >= min ? milliseconds : undefined
    } catch {
      return undefined
    }
  })

export const truth = (env: string): Setting<boolean> =>
  setting(env, 'true or false', (text) => {
    if (/^(true|1|yes|on)$/i.test(text)) return true
    return /^(false|0|no|off)$/i.test(text) ? false : undefined
  })

/** Several values with commas between them. */
export const list = (env: string, expected: string): Setting<readonly string[]> =>
  setting(env, expected, (text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )

/** ASCII without spaces. */
export const visibleText = (env: string, expected: string): Setting<string> =>
  setting(env, expected, (text) => (/^[\x21-\x7e]+$/.test(text) ? text : undefined))
