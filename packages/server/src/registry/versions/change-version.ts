import { OpsError } from '@ops-center/plugin-sdk'
import type { Database } from '../../database/client.js'
import { lockOwnPlugin } from '../publish-package.js'
import { PUBLISHED_VERSION_COLUMNS, type PublishedVersion } from '../published-version.js'
import { refreshPlugin } from '../refresh-plugin.js'

export interface OwnVersion {
  id: string
  version: string
  /** Who asks. */
  organization_id: string
}

export type VersionChange = Partial<
  Pick<PublishedVersion, 'deprecated_at' | 'deprecation_message' | 'yanked_at'>
>

/**
 * Changes what people are told about a version; its content never changes.
 *
 * @throws OpsError `plugin_unknown`, `version_unknown` or `plugin_of_other_organization`.
 */
export async function changeVersion(
  { kysely }: Pick<Database, 'kysely'>,
  { id, version, organization_id }: OwnVersion,
  change: (before: Pick<PublishedVersion, 'yanked_at'>) => VersionChange,
): Promise<PublishedVersion> {
  return kysely.transaction().execute(async (trx) => {
    await lockOwnPlugin(trx, id, organization_id)
    const before = await trx
      .selectFrom('plugin_versions')
      .select('yanked_at')
      .where('plugin_id', '=', id)
      .where('version', '=', version)
      .executeTakeFirst()
    if (!before) throw new OpsError('version_unknown', `${id} has no version ${JSON.stringify(version)}`)
    const changed = await trx
      .updateTable('plugin_versions')
      .set(change(before))
      .where('plugin_id', '=', id)
      .where('version', '=', version)
      .returning(PUBLISHED_VERSION_COLUMNS)
      .executeTakeFirstOrThrow()
    await refreshPlugin(trx, id)
    return changed
  })
}
