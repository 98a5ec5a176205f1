import { readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { gte } from 'semver'
import { credentialsFile } from '../platform/credentials.js'
import type { Diagnosis } from './diagnosis.js'

const OLDEST_NODE = '20.19.0'

/** Node, the kept key, and the plugin in this folder if there is one. */
export async function checkMachine(folder: string): Promise<Diagnosis[]> {
  return [checkNode(process.versions.node), ...(await checkKeptKey()), ...(await checkPlugin(folder))]
}

/** @example checkNode('18.0.0').status // 'error' */
export function checkNode(version: string): Diagnosis {
  const check = 'Node'
  if (gte(version, OLDEST_NODE)) return { check, status: 'ok', message: version }
  return {
    check,
    status: 'error',
    message: `${version}: expected ${OLDEST_NODE} or newer`,
    fix: 'Install a current Node.js from https://nodejs.org',
  }
}

async function checkKeptKey(): Promise<Diagnosis[]> {
  const file = credentialsFile()
  const kept = await stat(file).catch(() => undefined)
  if (kept === undefined || process.platform === 'win32' || (kept.mode & 0o077) === 0) return []
  return [
    {
      check: 'kept key',
      status: 'error',
      message: `${file} can be read by others on this machine`,
      fix: `Run chmod 600 ${file}`,
    },
  ]
}

async function checkPlugin(folder: string): Promise<Diagnosis[]> {
  const manifest = await readFile(join(folder, 'plugin.yaml'), 'utf8').catch(() => undefined)
  if (manifest === undefined) return []
  const check = 'plugin'
  try {
    const file = createRequire(join(resolve(folder), 'package.json')).resolve(
      '@ops-center/plugin-sdk/package.json',
    )
    const version = /"version":\s*"([^"]+)"/.exec(await readFile(file, 'utf8'))?.[1] ?? 'unknown'
    return [{ check, status: 'ok', message: `uses @ops-center/plugin-sdk ${version}` }]
  } catch {
    return [
      {
        check,
        status: 'error',
        message: '@ops-center/plugin-sdk is not installed in this folder',
        fix: 'Run npm install',
      },
    ]
  }
}
