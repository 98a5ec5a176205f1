import { isDeepStrictEqual } from 'node:util'

type Changes<Value> = { [Key in keyof Value]?: Exclude<Value[Key], undefined> }

/** The fields that a request really changes: what is not given or the same already changes nothing. */
export function changesOf<Asked extends object>(former: object, asked: Asked): Changes<Asked> {
  const before: Record<string, unknown> = { ...former }
  const entries = Object.entries(asked).filter(
    ([key, value]) => value !== undefined && !isDeepStrictEqual(before[key], value),
  )
  return Object.fromEntries(entries) as Changes<Asked>
}
