/**
 * A time of the platform as people read it, to the second and in UTC; any other text as it is.
 *
 * @example shownTime('2026-01-27T10:30:45.123Z') // '2026-01-27 10:30:45'
 */
export function shownTime(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2')
}
