import { createHash } from 'node:crypto'
import { OpsError } from '@ops-center/plugin-sdk'
import type { Database } from '../database/client.js'
import { packageChunks } from './package-files.js'
import { PUBLISHED_VERSION_COLUMNS, type PublishedVersion } from './published-version.js'
import { isPrerelease, latestVersions, newestFirst, selectVersion } from './select-version.js'
import { NO_SIGNATURES, type SignaturePolicy } from './signature-policy.js'
import { findSigner } from './upload/verify-signature.js'

interface ResolveOptions {
  /** Find an exact version even when it was yanked: for those who have it already. Default false. */
  yanked?: boolean
}

interface InstallCount {
  organizationId: string
  version: string
}

/** The published plugins of a server, for those who install them. */
export interface Registry {
  /**
   * The version that an exact version, a semver range or `latest` (the default) means; pre-releases only when asked
   * for by name (`2.0.0-beta.1`, `>=2.0.0-0`).
   *
   * @throws OpsError `plugin_unknown` or `version_unknown`.
   */
  resolve(pluginId: string, versionOrRange?: string, options?: ResolveOptions): Promise<PublishedVersion>
  /**
   * The bytes of a package, checked against its checksum; yanked versions too.
   *
   * @throws OpsError `plugin_unknown`, `version_unknown`, or `package_damaged` when the bytes are not those published.
   */
  readPackage(pluginId: string, version: string): Promise<Buffer>
  /**
   * Checks that a version may be installed here, whatever was asked of it when it was published: where signatures are
   * required, one of the keys that are trusted now signed exactly its bytes.
   *
   * @throws OpsError `signature_missing`, `signature_untrusted`, or `package_damaged`.
   */
  checkSignature(version: PublishedVersion): Promise<void>
  /** Every version, highest first, yanked ones included. @throws OpsError `plugin_unknown`. */
  versions(pluginId: string): Promise<PublishedVersion[]>
  /** Remembers that an organization installed a plugin, which counts and allows it to review. */
  countInstall(pluginId: string, install: InstallCount): Promise<void>
}

/**
 * @example
 * const registry = createRegistry(database)
 * const { version, manifest } = await registry.resolve('weather-monitor', '^1.0.0')
 */
export function createRegistry(
  { kysely }: Pick<Database, 'kysely'>,
  { requireSignature, trustedKeys }: SignaturePolicy = NO_SIGNATURES,
): Registry {
  async function versions(pluginId: string): Promise<PublishedVersion[]> {
    const rows = await kysely
      .selectFrom('plugin_versions')
      .select(PUBLISHED_VERSION_COLUMNS)
      .where('plugin_id', '=', pluginId)
      .execute()
    if (rows.length > 0) return newestFirst(rows)
    throw new OpsError(
      'plugin_unknown',
      `There is no plugin ${JSON.stringify(pluginId.slice(0, 128))} in the marketplace: publish it, or check the id`,
    )
  }

  async function resolve(pluginId: string, wanted = 'latest', options: ResolveOptions = {}) {
    const all = await versions(pluginId)
    const found = selectVersion(all, wanted)
    if (found && (found.yanked_at === null || options.yanked === true)) return found
    throw versionUnknown(pluginId, wanted, found !== undefined, all)
  }

  async function readBytes({ plugin_id, version, checksum, size }: PublishedVersion): Promise<Buffer> {
    const chunks: Buffer[] = []
    for await (const chunk of packageChunks(kysely, { checksum, size })) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    if (createHash('sha256').update(bytes).digest('hex') === checksum) return bytes
    throw new OpsError(
      'package_damaged',
      `The package of ${plugin_id} ${version} in the database does not have its checksum ${checksum}: restore a backup`,
    )
  }

  return {
    resolve,
    versions,
    async readPackage(pluginId, version) {
      return readBytes(await resolve(pluginId, version, { yanked: true }))
    },
    async checkSignature(published) {
      if (!requireSignature) return
      const { signature } = published
      if (signature === null) throw notTrusted(published, 'signature_missing', 'is not signed')
      if (findSigner(await readBytes(published), Buffer.from(signature, 'base64'), trustedKeys)) return
      throw notTrusted(published, 'signature_untrusted', 'is not signed with a key that this server trusts')
    },
    async countInstall(pluginId, { organizationId, version }) {
      await kysely.transaction().execute(async (trx) => {
        await trx
          .updateTable('plugins')
          .set((set) => ({ installs: set('installs', '+', 1) }))
          .where('id', '=', pluginId)
          .execute()
        await trx
          .insertInto('plugin_installs')
          .values({ plugin_id: pluginId, organization_id: organizationId, version })
          .execute()
      })
    },
  }
}

function notTrusted({ plugin_id, version }: PublishedVersion, code: string, why: string): OpsError {
  return new OpsError(
    code,
    `Plugin "${plugin_id}" ${version} ${why}, which this server requires (OPS_CENTER_REQUIRE_SIGNATURE): sign the same package with a trusted key and publish it again, or have the key of its publisher added to OPS_CENTER_TRUSTED_KEYS`,
  )
}

function versionUnknown(
  pluginId: string,
  wanted: string,
  yanked: boolean,
  all: readonly PublishedVersion[],
): OpsError {
  const { latest, prerelease } = latestVersions(all)
  const offer = [latest, prerelease].filter((version) => version !== null).join(' or ')
  const fix = offer === '' ? 'all of its versions were yanked' : `ask for ${offer}`
  const shown = JSON.stringify(wanted.slice(0, 128))
  if (yanked) return new OpsError('version_unknown', `Version ${shown} of ${pluginId} was yanked: ${fix}`)
  if (wanted === 'latest' && all.some(({ version }) => isPrerelease(version))) {
    return new OpsError('version_unknown', `${pluginId} has no version that is not a pre-release: ${fix}`)
  }
  return new OpsError('version_unknown', `${pluginId} has no version ${shown}: ${fix}`)
}
