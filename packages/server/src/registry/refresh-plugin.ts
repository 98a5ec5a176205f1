import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { sql, type Transaction } from 'kysely'
import type { Schema } from '../database/schema.js'
import { searchVector } from './search-vector.js'
import { latestVersions } from './select-version.js'

/** What the marketplace shows of a manifest, as columns. */
export function pluginColumns(manifest: Manifest) {
  return {
    name: manifest.name,
    description: manifest.description,
    category: manifest.category,
    type: manifest.type,
    author: manifest.author,
    license: manifest.license ?? null,
    homepage: manifest.homepage ?? null,
    repository: manifest.repository ?? null,
    documentation: manifest.documentation ?? null,
    keywords: JSON.stringify(manifest.keywords),
    pricing: manifest.pricing === undefined ? null : JSON.stringify(manifest.pricing),
    search: searchVector(manifest),
  }
}

/** Brings a plugin up to date with its versions; the caller holds the lock on its row. */
export async function refreshPlugin(trx: Transaction<Schema>, pluginId: string): Promise<void> {
  const versions = await trx
    .selectFrom('plugin_versions')
    .select(['version', 'yanked_at'])
    .where('plugin_id', '=', pluginId)
    .execute()
  const { latest, prerelease } = latestVersions(versions)
  const shown = latest ?? prerelease
  const row =
    shown === null
      ? undefined
      : await trx
          .selectFrom('plugin_versions')
          .select('manifest')
          .where('plugin_id', '=', pluginId)
          .where('version', '=', shown)
          .executeTakeFirst()
  await trx
    .updateTable('plugins')
    .set({
      ...(row === undefined ? {} : pluginColumns(row.manifest)),
      latest_version: latest,
      latest_prerelease: prerelease,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', pluginId)
    .execute()
}
