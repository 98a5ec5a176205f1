import pc from 'picocolors'
import { createPlatformClient } from '../platform/platform-client.js'
import type { PlatformOptions } from '../platform/platform-options.js'
import { findPackage } from '../publish/find-package.js'
import { createProgressBar } from '../publish/progress-bar.js'
import { uploadPackage } from '../publish/upload-package.js'
import { formatBytes } from '../terminal/byte-size.js'
import { print, printJson } from '../terminal/print.js'

export interface PublishOptions extends PlatformOptions {
  readonly path?: string
  readonly changelog?: string
  readonly json?: boolean
}

/** `publish`: uploads the newest package and prints where it can be seen. */
export async function publish({
  path = 'dist',
  changelog,
  json = false,
  ...platform
}: PublishOptions): Promise<void> {
  const client = createPlatformClient(platform)
  const found = await findPackage(path)
  const bar = createProgressBar()
  let answer: unknown
  try {
    answer = await uploadPackage(client, found, {
      ...(changelog === undefined ? {} : { changelog }),
      onProgress: bar.update,
    })
  } finally {
    bar.clear()
  }
  if (json) {
    printJson(answer)
    return
  }
  const { id, version } = publishedAs(answer, found.name)
  print(`${pc.green('published')} ${id} ${version} (${formatBytes(found.bytes.length)})`)
  print(`  see      ${client.url}/api/v1/plugins/marketplace/${encodeURIComponent(id)}`)
  print(`  install  ops-center-plugin install ${id}@${version}`)
}

/** Id and version as the platform reads them, or as the file name tells. */
function publishedAs(answer: unknown, name: string): { id: string; version: string } {
  const [, id = name, version = ''] = /^([a-z0-9-]+?)-(\d+\.\d+\.\d+.*)\.tar\.gz$/.exec(name) ?? []
  return {
    id: textField(answer, ['plugin_id', 'id']) ?? id,
    version: textField(answer, ['version']) ?? version,
  }
}

function textField(value: unknown, names: readonly string[]): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const fields = new Map<string, unknown>(Object.entries(value))
  const found = names.map((name) => fields.get(name)).find((field) => typeof field === 'string')
  return typeof found === 'string' ? found : undefined
}
