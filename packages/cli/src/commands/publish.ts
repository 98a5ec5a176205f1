import { CliError } from '../cli-error.js'
import { asFields, textOf } from '../platform/answer.js'
import { RefusalError } from '../platform/explain-refusal.js'
import { createPlatformClient, type PlatformClient } from '../platform/platform-client.js'
import type { PlatformOptions } from '../platform/platform-options.js'
import { type FoundPackage, findPackage } from '../publish/find-package.js'
import { createProgressBar } from '../publish/progress-bar.js'
import { uploadPackage } from '../publish/upload-package.js'
import { type InspectedArchive, inspectArchive } from '../sign/inspect-archive.js'
import { readSignature } from '../sign/signature-file.js'
import { formatBytes } from '../terminal/byte-size.js'
import { colors, noteColors } from '../terminal/colors.js'
import { print, printJson, printNote } from '../terminal/print.js'

export interface PublishOptions extends PlatformOptions {
  readonly path?: string
  readonly changelog?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `publish`: uploads the newest package and prints where it can be seen; repeating it changes nothing. */
export async function publish(options: PublishOptions): Promise<void> {
  const { path = 'dist', changelog, dryRun = false, json = false, ...platform } = options
  const client = createPlatformClient(platform)
  const found = await findPackage(path)
  const signature = await readSignature(found.file)
  const { manifest } = await inspectArchive(found.bytes)
  if (dryRun) {
    await rehearse(client, found, manifest, { isSigned: signature !== undefined, json })
    return
  }
  const bar = createProgressBar()
  const { answer, created } = await uploadPackage(client, found, {
    changelog,
    signature,
    onProgress: bar.update,
    onRetry: (reason, attempt) => {
      bar.clear()
      printNote(`${noteColors.yellow('again')} ${reason}; attempt ${attempt}`)
    },
  }).finally(() => bar.clear())
  if (json) {
    printJson(answer)
    return
  }
  const { id, version, runtime } = manifest
  const done = created ? colors.green('published') : colors.yellow('published already')
  print(`${done} ${id} ${version} (${formatBytes(found.bytes.length)}${signature ? ', signed' : ''})`)
  print(`  see      ${marketplaceUrl(client, id)}`)
  const where = runtime.type === 'remote' ? ` --remote ${runtime.url ?? '<url>'}` : ''
  print(`  install  ops-center-plugin install ${id}@${version}${where}`)
}

function marketplaceUrl({ url }: PlatformClient, id: string): string {
  return `${url}/api/v1/plugins/marketplace/${encodeURIComponent(id)}`
}

/** Everything but the upload: is there such a platform, does it take the key, is the version free. */
async function rehearse(
  client: PlatformClient,
  { checksum, bytes }: FoundPackage,
  { id, version }: InspectedArchive['manifest'],
  { isSigned, json }: { isSigned: boolean; json: boolean },
): Promise<void> {
  const published = await findVersion(client, id, version)
  const other = textOf(asFields(published), 'checksum')
  if (published !== undefined && other !== checksum) {
    throw new CliError('version_taken', `${id} ${version} is published already with other content`, {
      fix: 'Raise version in plugin.yaml and in the code, then build and publish again',
    })
  }
  const isNew = published === undefined
  if (json) {
    printJson({ dry_run: true, id, version, checksum, size: bytes.length, signed: isSigned, new: isNew })
    return
  }
  const what = `${id} ${version} (${formatBytes(bytes.length)}${isSigned ? ', signed' : ', not signed'})`
  print(isNew ? `${colors.green('would publish')} ${what}` : `${colors.yellow('published already')} ${what}`)
  print(`  at       ${marketplaceUrl(client, id)}`)
}

async function findVersion(client: PlatformClient, id: string, version: string): Promise<unknown> {
  try {
    const path = `/plugins/marketplace/${encodeURIComponent(id)}/versions/${encodeURIComponent(version)}`
    return await client.request('GET', path)
  } catch (error) {
    if (error instanceof RefusalError && error.status === 404) return undefined
    throw error
  }
}
