import {
  IMPLICIT_PERMISSIONS,
  type LoadedManifest,
  type Manifest,
  PLATFORM_FILTERS,
  permissionToHear,
} from '@ops-center/plugin-sdk/manifest'
import { positionOf } from './code-position.js'
import type { Finding } from './finding.js'
import { stripComments } from './strip-comments.js'

/** A source file of the author's. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

const RESOURCES: Readonly<Record<string, string>> = {
  devices: 'devices',
  users: 'users',
  organizations: 'organizations',
  orgs: 'organizations',
  webhooks: 'webhooks',
  alerts: 'alerts',
}
const READING = /^(list|get|iterate)|^(me|deliveries)$/
const RESOURCE_CALL =
  /\bapi\s*\??\.\s*(devices|users|organizations|orgs|webhooks|alerts)\s*\??\.\s*(\w+)\s*[(<]/g
const ANY_RESOURCE = /\bapi\s*\??\.\s*(devices|users|organizations|orgs|webhooks|alerts)\b/g
const GENERIC_CALL = /\bapi\s*\??\.\s*(request|get|post|put|patch|delete)\s*[(<]/
const OUTBOUND_CALL = /(?<![.\w$])fetch\s*\(/g

/** Permissions the code and the manifest's hooks need against those declared. */
export function checkPermissions(
  { manifest, locate }: LoadedManifest,
  sources: readonly SourceFile[],
): Finding[] {
  const declared = new Set<string>(manifest.permissions)
  const used = new Set<string>()
  const findings: Finding[] = []
  for (const { permission, path, what } of promisedNeeds(manifest)) {
    used.add(permission)
    if (declared.has(permission)) continue
    const message = `${what} is never delivered without the permission ${permission}`
    findings.push({ ...missing(permission, message), file: 'plugin.yaml', ...locate(path) })
  }
  for (const { path, text } of sources) {
    const code = stripComments(text)
    for (const { permission, what, offset } of codeNeeds(code)) {
      used.add(permission)
      if (declared.has(permission)) continue
      const message = `${what} needs the permission ${permission}, which plugin.yaml does not ask for`
      findings.push({ ...missing(permission, message), file: path, ...positionOf(code, offset) })
    }
  }
  return [...findings, ...unused(manifest, locate, used, sources)]
}

function missing(permission: string, message: string) {
  const fix = `Add "- ${permission}" to permissions in plugin.yaml and '${permission}' in the code`
  const severity = permission === 'network:outbound' ? 'warning' : 'error'
  return { severity, rule: 'permission-missing', message, fix } as const
}

function promisedNeeds({ hooks, filters }: Manifest) {
  const heard = hooks.flatMap(({ event }, index) => {
    const permission = permissionToHear(event)
    return permission === undefined ? [] : [{ permission, path: `hooks[${index}].event`, what: event }]
  })
  const asked = filters.flatMap(({ filter }, index) => {
    const permission = Object.entries(PLATFORM_FILTERS).find(([name]) => name === filter)?.[1]
    return permission === undefined ? [] : [{ permission, path: `filters[${index}].filter`, what: filter }]
  })
  return [...heard, ...asked]
}

function codeNeeds(code: string) {
  const calls = [...code.matchAll(RESOURCE_CALL)].map(
    ({ 0: call, 1: resource = '', 2: method = '', index }) => ({
      permission: `${RESOURCES[resource] ?? resource}:${READING.test(method) ? 'read' : 'write'}`,
      what: call.slice(0, -1).replace(/\s+/g, ''),
      offset: index,
    }),
  )
  const outbound = [...code.matchAll(OUTBOUND_CALL)].map(({ index }) => ({
    permission: 'network:outbound',
    what: 'fetch',
    offset: index,
  }))
  return [...calls, ...outbound]
}

/** Says nothing without code, or where it reaches the API in ways that cannot be read off the text. */
function unused(
  manifest: Manifest,
  locate: LoadedManifest['locate'],
  used: ReadonlySet<string>,
  sources: readonly SourceFile[],
): Finding[] {
  if (sources.length === 0) return []
  const code = sources.map(({ text }) => stripComments(text)).join('\n')
  if (GENERIC_CALL.test(code) || /\bapi\s*[,})\]]/.test(code)) return []
  if (manifest.hooks.some(({ event }) => event === '*')) return []
  const touched = new Set([...code.matchAll(ANY_RESOURCE)].map(([, name = '']) => RESOURCES[name]))
  const unread = new Set([...code.matchAll(RESOURCE_CALL)].map(([, name = '']) => RESOURCES[name]))
  return manifest.permissions.flatMap((permission, index): Finding[] => {
    const [resource = ''] = permission.split(':')
    const isOpaque = touched.has(resource) && !unread.has(resource)
    if (used.has(permission) || IMPLICIT_PERMISSIONS.includes(permission) || isOpaque) return []
    if (permission === 'network:outbound') return []
    return [
      {
        severity: 'warning',
        rule: 'permission-unused',
        file: 'plugin.yaml',
        ...locate(`permissions[${index}]`),
        message: `Nothing seems to use the permission ${permission}`,
        fix: 'Remove it from plugin.yaml and from the code: operators grant only what is needed',
      },
    ]
  })
}
