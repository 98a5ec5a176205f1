import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { LoadedManifest } from '@ops-center/plugin-sdk/manifest'
import type { PluginFiles } from '../build/plugin-files.js'
import { formatBytes } from '../terminal/byte-size.js'
import type { Finding } from './finding.js'

/** What one file, and a whole package before compression, may have. */
const MAX_FILE_BYTES = 20_000_000
const MAX_TOTAL_BYTES = 50_000_000

/** Files that are missing, may not travel, or are too large. */
export async function checkFiles(
  folder: string,
  { manifest, locate }: LoadedManifest,
  { files, refused, exposedEnvFiles }: PluginFiles,
): Promise<Finding[]> {
  const findings = checkKinds(refused)
  for (const file of exposedEnvFiles) {
    const message = `${file} is not named in .gitignore; it is never packed, but could be committed`
    findings.push({ severity: 'warning', rule: 'env-file', file, message, fix: 'Add .env* to .gitignore' })
  }
  if (manifest.runtime.type === 'node') {
    const problem = await entrypointProblem(folder, manifest.runtime.entrypoint)
    if (problem !== undefined) {
      const place = { file: 'plugin.yaml', ...locate('runtime.entrypoint') }
      findings.push({ severity: 'error', rule: 'entrypoint', ...place, ...problem })
    }
  }
  for (const [index, { component }] of manifest.slots.entries()) {
    if (component === undefined || files.some(({ path }) => path === component)) continue
    const place = { file: 'plugin.yaml', ...locate(`slots[${index}].component`) }
    const message = `slots[${index}].component names ${component}, which does not exist`
    findings.push({
      severity: 'error',
      rule: 'component',
      ...place,
      message,
      fix: 'Create the file, or correct the path',
    })
  }
  if (!files.some(({ path }) => /^readme(\.md)?$/i.test(path))) {
    const message = 'There is no README.md: the marketplace has nothing to show'
    findings.push({ severity: 'warning', rule: 'readme', message, fix: 'Write a README.md' })
  }
  return [...findings, ...checkSizes(files)]
}

/** Links and the like: following them could pack anything on this machine. */
export function checkKinds(refused: PluginFiles['refused']): Finding[] {
  return refused.map(({ path, kind }) => ({
    severity: 'error',
    rule: 'file-kind',
    file: path,
    message: `${path} is ${kind}, which a package cannot carry`,
    fix: 'Replace it by a copy of the file, or name it in .opsignore',
  }))
}

async function entrypointProblem(folder: string, entrypoint: string) {
  const fix = 'Create the file, or write its path as runtime: { entrypoint: main.ts }'
  try {
    const file = join(folder, entrypoint)
    if (!(await stat(file)).isFile()) return { message: `The entrypoint ${entrypoint} is not a file`, fix }
    const isInside = (await realpath(file)).startsWith((await realpath(folder)) + sep)
    return isInside
      ? undefined
      : { message: `The entrypoint ${entrypoint} leads out of the plugin folder`, fix }
  } catch {
    return { message: `The entrypoint ${entrypoint} does not exist`, fix }
  }
}

function checkSizes(files: PluginFiles['files']): Finding[] {
  const packed = files.filter(({ isSource }) => !isSource)
  const large = packed.filter(({ size }) => size > MAX_FILE_BYTES)
  const fix = 'Name it in .opsignore, or load it from elsewhere when the plugin runs'
  if (large.length > 0) {
    return large.map(({ path, size }) => ({
      severity: 'error',
      rule: 'size',
      file: path,
      message: `${path} has ${formatBytes(size)}: expected at most ${formatBytes(MAX_FILE_BYTES)}`,
      fix,
    }))
  }
  const total = packed.reduce((sum, { size }) => sum + size, 0)
  if (total <= MAX_TOTAL_BYTES) return []
  const message = `The files to pack have ${formatBytes(total)}: expected at most ${formatBytes(MAX_TOTAL_BYTES)}`
  return [{ severity: 'error', rule: 'size', message, fix: 'Name large files in .opsignore' }]
}
