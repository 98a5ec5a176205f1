import { join, relative, resolve } from 'node:path'
import { packArchive } from '../build/pack-archive.js'
import { collectPackage } from '../build/package-contents.js'
import { writePackage } from '../build/write-package.js'
import { SilentFailure } from '../cli-error.js'
import { formatBytes } from '../terminal/byte-size.js'
import { colors } from '../terminal/colors.js'
import { print, printJson } from '../terminal/print.js'
import { wrapText } from '../terminal/wrap-text.js'
import type { Finding } from '../validate/finding.js'
import { printFindings, summarize } from '../validate/print-findings.js'
import { isAcceptable, validatePlugin } from '../validate/validate-plugin.js'

export interface BuildOptions {
  readonly path: string
  readonly output?: string
  readonly json?: boolean
  readonly strict?: boolean
}

/** `build`: validates, bundles, packs and prints where the package is and how large. */
export async function build({ path, output, json = false, strict = false }: BuildOptions): Promise<void> {
  const validation = await validatePlugin(path)
  const { folder, loaded, findings, bundle } = validation
  if (!json) printFindings(findings, folder)
  if (loaded === undefined || !isAcceptable(findings, strict)) refuse(findings, json)
  const { manifest } = loaded
  const entries = await collectPackage(validation, manifest)
  const name = `${manifest.id}-${manifest.version}.tar.gz`
  const archive = await packArchive(manifest.id, entries)
  const written = await writePackage(resolve(output ?? join(folder, 'dist')), name, archive)
  const unpacked = entries.reduce((sum, { content }) => sum + content.length, 0)
  if (json) {
    const files = entries.map((entry) => ({
      path: `${manifest.id}/${entry.path}`,
      size: entry.content.length,
    }))
    printJson({
      id: manifest.id,
      version: manifest.version,
      ...written,
      unpacked_size: unpacked,
      files,
      findings,
    })
    return
  }
  const shown = relative('.', written.file)
  print(`${colors.green('built')} ${shown.startsWith('..') ? written.file : shown}`)
  print(`  size     ${formatBytes(written.size)}, ${formatBytes(unpacked)} unpacked, ${entries.length} files`)
  if (bundle !== undefined)
    print(
      wrapText(
        `  bundle   ${formatBytes(Buffer.byteLength(bundle.code))}: ${largest(bundle.sizes)}`,
        process.stdout.columns,
        ' '.repeat(9),
      ),
    )
  print(`  sha256   ${written.checksum}`)
}

function refuse(findings: readonly Finding[], json: boolean): never {
  if (json) printJson({ valid: false, findings })
  else print(`${colors.red('not built')} ${summarize(findings)}`)
  throw new SilentFailure()
}

/** The parts that make up most of a bundle. */
function largest(sizes: Readonly<Record<string, number>>): string {
  const parts = Object.entries(sizes).sort(([, a], [, b]) => b - a)
  const named = parts
    .slice(0, 4)
    .map(([owner, size]) => `${owner === '.' ? 'own code' : owner} ${formatBytes(size)}`)
  return [...named, ...(parts.length > 4 ? [`${parts.length - 4} more`] : [])].join(', ')
}
