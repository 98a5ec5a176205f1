import { stripVTControlCharacters } from 'node:util'

/** Texts of others, such as titles of alerts, on one line and without what a terminal would obey. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}|\p{Cf}/gu, '')
}
