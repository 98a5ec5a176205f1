import { z } from '@hono/zod-openapi'
import { timeText } from '../../http/fields.js'
import type { PublishedVersion } from '../published-version.js'
import { isPrerelease } from '../select-version.js'

/** A published version of a plugin. */
export const versionResource = z
  .object({
    plugin_id: z.string().openapi({ example: 'weather-monitor' }),
    version: z.string().openapi({ example: '1.0.0' }),
    prerelease: z.boolean(),
    checksum: z.string().openapi({ description: 'SHA-256 of the package, hexadecimal' }),
    size: z.int().openapi({ description: 'Of the package, in bytes' }),
    changelog: z.string().nullable(),
    signature: z.string().nullable(),
    signed_by: z
      .string()
      .nullable()
      .openapi({ description: 'Fingerprint of the trusted key that signed it' }),
    permissions: z.array(z.string()).openapi({ example: ['devices:read'] }),
    dependencies: z
      .record(z.string(), z.string())
      .openapi({ description: 'Plugins it needs, with their ranges' }),
    ops_center: z.string().nullable().openapi({ description: 'Platform versions it works with' }),
    downloads: z.int(),
    published_by: z.string(),
    published_at: timeText,
    deprecated_at: timeText.nullable(),
    deprecation_message: z.string().nullable(),
    yanked_at: timeText.nullable(),
  })
  .openapi('PluginVersion')

export type VersionResource = z.infer<typeof versionResource>

/** A version together with its normalised `plugin.yaml`. */
export const versionWithManifest = versionResource
  .extend({
    manifest: z.record(z.string(), z.unknown()).openapi({ description: 'The normalised plugin.yaml' }),
  })
  .openapi('PluginVersionWithManifest')

export function toVersionResource(row: PublishedVersion): VersionResource {
  const { manifest, ...rest } = row
  return {
    ...rest,
    prerelease: isPrerelease(row.version),
    permissions: manifest.permissions,
    dependencies: manifest.dependencies?.plugins ?? {},
    ops_center: manifest.ops_center ?? null,
    published_at: row.published_at.toISOString(),
    deprecated_at: row.deprecated_at?.toISOString() ?? null,
    yanked_at: row.yanked_at?.toISOString() ?? null,
  }
}

export function toVersionWithManifest(row: PublishedVersion): z.infer<typeof versionWithManifest> {
  return { ...toVersionResource(row), manifest: row.manifest }
}
