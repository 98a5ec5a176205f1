import { isPlainObject } from '../manifest/plain-object.js'
import { ConfigError } from './config-error.js'

/** Where a value is: `'smtp.host'`, `'servers.0.name'`, or its steps, for names that contain a dot. */
export type ConfigPath = string | readonly string[]

const FORBIDDEN = new Set(['__proto__', 'prototype', 'constructor'])

/** Whether a name could reach what all objects share. */
export function isForbiddenName(name: string): boolean {
  return FORBIDDEN.has(name)
}

/** A path as text. */
export function formatPath(steps: readonly string[]): string {
  return steps.join('.')
}

/**
 * The steps of a path.
 *
 * @throws ConfigError `config_path_invalid` for an empty path or step.
 */
export function parsePath(path: ConfigPath): readonly string[] {
  const steps = typeof path === 'string' ? path.split('.') : path
  if (
    Array.isArray(steps) &&
    steps.length > 0 &&
    steps.every((step) => typeof step === 'string' && step !== '')
  ) {
    return steps
  }
  const message = `is not a path (${JSON.stringify(path)}): expected names joined by dots, such as "smtp.host"`
  throw new ConfigError('config_path_invalid', [{ path: '', message: `A config key ${message}` }])
}

/** The value at a path, `undefined` where there is none; looks at own properties only. */
export function readAt(root: unknown, steps: readonly string[]): unknown {
  let value = root
  for (const step of steps) {
    if (Array.isArray(value)) value = /^(0|[1-9]\d*)$/.test(step) ? value[Number(step)] : undefined
    else if (isPlainObject(value) && Object.hasOwn(value, step) && !isForbiddenName(step)) value = value[step]
    else return undefined
  }
  return value
}

/**
 * A copy of `root` with another value at a path; what is not on the path is shared, what is not an object on the
 * way becomes one.
 *
 * @throws ConfigError `config_path_invalid` for names that reach the prototype, and for list positions beyond the end.
 */
export function writeAt(root: unknown, steps: readonly string[], value: unknown): unknown {
  const [step, ...rest] = steps
  if (step === undefined) return value
  if (isForbiddenName(step)) {
    throw new ConfigError('config_path_invalid', [
      { path: formatPath(steps), message: `cannot be set: "${step}" is not allowed as a name` },
    ])
  }
  if (Array.isArray(root)) {
    const index = Number(step)
    if (!/^\d+$/.test(step) || index > root.length) {
      const message = `cannot be set: "${step}" is not a position in a list of ${root.length}`
      throw new ConfigError('config_path_invalid', [{ path: formatPath(steps), message }])
    }
    const items: unknown[] = [...root]
    items[index] = writeAt(items[index], rest, value)
    return items
  }
  const own = isPlainObject(root) ? root : {}
  const inside = Object.hasOwn(own, step) ? own[step] : undefined
  return { ...own, [step]: writeAt(inside, rest, value) }
}

/** A value to put at a path. */
export interface Assignment {
  readonly steps: readonly string[]
  readonly value: unknown
}

/**
 * The same assignment without steps into lists: one of the whole list, as a list is replaced, not merged, wherever
 * it is written to.
 */
export function assignmentTo(current: unknown, steps: readonly string[], value: unknown): Assignment {
  for (let length = 1; length < steps.length; length++) {
    const list = readAt(current, steps.slice(0, length))
    if (Array.isArray(list))
      return { steps: steps.slice(0, length), value: writeAt(list, steps.slice(length), value) }
  }
  return { steps, value }
}
