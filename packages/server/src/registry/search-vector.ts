import { type RawBuilder, sql } from 'kysely'

/** The texts of a plugin that a search looks into. */
export interface SearchableText {
  id: string
  name: string
  description: string
  author: string
  category: string
  keywords: readonly string[]
}

/** What is kept of a plugin for searching: its name weighs most, its author least. */
export function searchVector(plugin: SearchableText): RawBuilder<string> {
  return sql<string>`
    setweight(to_tsvector('english', ${`${plugin.id} ${plugin.name}`}::text), 'A') ||
    setweight(to_tsvector('english', ${plugin.keywords.join(' ')}::text), 'B') ||
    setweight(to_tsvector('english', ${plugin.description}::text), 'C') ||
    setweight(to_tsvector('english', ${`${plugin.author} ${plugin.category}`}::text), 'D')
  `
}

/**
 * What a search box means: every word must occur, the beginning of a word is enough. Undefined without any word.
 *
 * @example searchQuery('anomaly det') // to_tsquery('english', "'anomaly':* & 'det':*")
 */
export function searchQuery(search: string): RawBuilder<string> | undefined {
  const words = search.match(/[\p{L}\p{N}]+/gu)?.slice(0, 20) ?? []
  if (words.length === 0) return undefined
  return sql<string>`to_tsquery('english', ${words.map((word) => `'${word}':*`).join(' & ')})`
}

/** A pattern for `ilike` that finds the text anywhere, whatever characters it has. */
export function containsPattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}
