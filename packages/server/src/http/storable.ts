/**
 * A text of a query parameter as PostgreSQL can compare it. Nothing stored has a NUL, so one that has finds nothing
 * either way.
 */
export function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd')
}

/** The pattern of `LIKE` for texts that contain this one. */
export function containing(text: string): string {
  return `%${storable(text).replace(/[\\%_]/g, '\\$&')}%`
}
