import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type LoadedManifest,
  loadManifest,
  ManifestError,
  type ManifestIssue,
} from '@ops-center/plugin-sdk/manifest'
import { CliError } from '../cli-error.js'
import type { Finding } from './finding.js'

const FILE = 'plugin.yaml'

/** What became of reading `plugin.yaml`. */
export interface ManifestReading {
  readonly loaded: LoadedManifest | undefined
  /** Whether there is a file at all: without one the folder is hardly that of a plugin. */
  readonly exists: boolean
  readonly findings: Finding[]
}

/** Reads `plugin.yaml` of a folder; what is wrong with it comes as findings. */
export async function loadPluginManifest(folder: string): Promise<ManifestReading> {
  if (!(await isFolder(folder))) {
    throw new CliError('folder_missing', `${folder} is not a folder: expected the folder of a plugin`, {
      fix: 'Name it with --path, or create a plugin with ops-center-plugin init',
    })
  }
  try {
    const loaded = await loadManifest(join(folder, FILE))
    return { loaded, exists: true, findings: loaded.warnings.map((issue) => toFinding(issue, 'warning')) }
  } catch (error) {
    if (error instanceof ManifestError) {
      const findings = [
        ...error.issues.map((issue) => toFinding(issue, 'error')),
        ...error.warnings.map((issue) => toFinding(issue, 'warning')),
      ]
      return { loaded: undefined, exists: true, findings }
    }
    const found = await describeMissing(folder)
    if (found === undefined) throw error
    return { loaded: undefined, exists: false, findings: [found] }
  }
}

function toFinding({ path: _, ...issue }: ManifestIssue, severity: Finding['severity']): Finding {
  return { severity, rule: 'manifest', file: FILE, ...issue }
}

async function describeMissing(folder: string): Promise<Finding | undefined> {
  const kind = await stat(join(folder, FILE)).catch(() => undefined)
  if (kind?.isFile()) return undefined
  const misnamed = await stat(join(folder, 'plugin.yml')).catch(() => undefined)
  const message = kind === undefined ? 'There is no plugin.yaml' : 'plugin.yaml is not a file'
  const fix =
    misnamed === undefined
      ? 'Create a plugin with ops-center-plugin init, or name its folder with --path'
      : 'Rename plugin.yml to plugin.yaml'
  return { severity: 'error', rule: 'manifest', file: FILE, message, fix }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}
