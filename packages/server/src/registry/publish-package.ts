import { OpsError } from '@ops-center/plugin-sdk'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import type { Transaction } from 'kysely'
import type { Database } from '../database/client.js'
import type { Schema } from '../database/schema.js'
import { PUBLISHED_VERSION_COLUMNS, type PublishedVersion } from './published-version.js'
import { pluginColumns, refreshPlugin } from './refresh-plugin.js'

/** A package that was checked, and who publishes it. */
export interface NewPackage {
  manifest: Manifest
  bytes: Buffer
  checksum: string
  changelog: string | null
  signature: string | null
  signed_by: string | null
  organization_id: string
  published_by: string
}

export interface Publication {
  version: PublishedVersion
  /** False when the same bytes had been published before. */
  created: boolean
}

/** Segments of the API's own paths, where a plugin's id would stand too. */
const RESERVED_IDS = ['marketplace', 'upload', 'install', 'installed', 'categories', 'featured', 'trending']

/**
 * Publishes a version: all of it or nothing, and of several at once that differ exactly one.
 *
 * @throws OpsError `plugin_id_reserved`, `plugin_of_other_organization`, or `version_taken` when the version exists
 * with other bytes.
 */
export async function publishPackage(
  { kysely }: Pick<Database, 'kysely'>,
  published: NewPackage,
): Promise<Publication> {
  const { id, version } = published.manifest
  if (RESERVED_IDS.includes(id)) {
    throw new OpsError(
      'plugin_id_reserved',
      `The id ${JSON.stringify(id)} is a word of the API: choose another`,
    )
  }
  return kysely.transaction().execute(async (trx) => {
    await trx
      .insertInto('plugins')
      .values({ id, organization_id: published.organization_id, ...pluginColumns(published.manifest) })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
    await lockOwnPlugin(trx, id, published.organization_id)
    const existing = await trx
      .selectFrom('plugin_versions')
      .select(PUBLISHED_VERSION_COLUMNS)
      .where('plugin_id', '=', id)
      .where('version', '=', version)
      .executeTakeFirst()
    if (!existing) return { version: await insertVersion(trx, published), created: true }
    if (existing.checksum === published.checksum) {
      return { version: await withSignature(trx, existing, published), created: false }
    }
    throw new OpsError(
      'version_taken',
      `${id} ${version} is published already with other content (SHA-256 ${existing.checksum}): raise the version`,
    )
  })
}

/**
 * Locks the row of a plugin, so that its versions change one after another.
 *
 * @throws OpsError `plugin_unknown`, or `plugin_of_other_organization` when somebody else publishes it.
 */
export async function lockOwnPlugin(
  trx: Transaction<Schema>,
  pluginId: string,
  organizationId: string,
): Promise<void> {
  const plugin = await trx
    .selectFrom('plugins')
    .select('organization_id')
    .where('id', '=', pluginId)
    .forUpdate()
    .executeTakeFirst()
  if (!plugin) throw new OpsError('plugin_unknown', `There is no plugin ${JSON.stringify(pluginId)}`)
  if (plugin.organization_id === organizationId) return
  throw new OpsError(
    'plugin_of_other_organization',
    `The plugin ${pluginId} belongs to another organization: only its publisher changes its versions`,
  )
}

/** The same package again may bring the signature that it lacked, but not lose one by a trusted key. */
async function withSignature(
  trx: Transaction<Schema>,
  existing: PublishedVersion,
  { signature, signed_by }: NewPackage,
): Promise<PublishedVersion> {
  const isBetter = signature !== null && (signed_by !== null || existing.signature === null)
  if (!isBetter || signature === existing.signature) return existing
  return trx
    .updateTable('plugin_versions')
    .set({ signature, signed_by })
    .where('plugin_id', '=', existing.plugin_id)
    .where('version', '=', existing.version)
    .returning(PUBLISHED_VERSION_COLUMNS)
    .executeTakeFirstOrThrow()
}

async function insertVersion(trx: Transaction<Schema>, published: NewPackage): Promise<PublishedVersion> {
  const { manifest, bytes, checksum } = published
  await trx
    .insertInto('package_files')
    .values({ checksum, bytes })
    .onConflict((conflict) => conflict.column('checksum').doNothing())
    .execute()
  const version = await trx
    .insertInto('plugin_versions')
    .values({
      plugin_id: manifest.id,
      version: manifest.version,
      manifest: JSON.stringify(manifest),
      checksum,
      size: bytes.length,
      changelog: published.changelog,
      signature: published.signature,
      signed_by: published.signed_by,
      published_by: published.published_by,
    })
    .returning(PUBLISHED_VERSION_COLUMNS)
    .executeTakeFirstOrThrow()
  await refreshPlugin(trx, manifest.id)
  return version
}
