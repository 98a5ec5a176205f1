import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const SDK = fileURLToPath(new URL('../../sdk', import.meta.url))

/** Files of a small plugin that is in order. */
const GOOD_PLUGIN: Readonly<Record<string, string>> = {
  'plugin.yaml': `id: weather
name: Weather
version: 1.0.0
description: Watches the weather
author: DevOps Team
type: backend
category: monitoring
permissions:
  - devices:read
hooks:
  - event: device.created
    handler: onCreated
routes:
  - path: /stats
    methods: [GET]
`,
  'main.ts': `import { Plugin } from '@ops-center/plugin-sdk'

export const plugin = new Plugin({
  id: 'weather',
  name: 'Weather',
  version: '1.0.0',
  description: 'Watches the weather',
  author: 'DevOps Team',
  type: 'backend',
  category: 'monitoring',
  permissions: ['devices:read'],
})
plugin.hook('device.created', function onCreated() {})
plugin.route('/stats', { methods: ['GET'] }, () => ({ ok: true }))
`,
  'README.md': '# Weather\n',
  '.gitignore': 'node_modules/\n.env*\n',
}

/** Changes to {@link GOOD_PLUGIN}: a text replaces a file, a pair replaces a part of it, `null` removes it. */
export type PluginChanges = Readonly<Record<string, string | Uint8Array | readonly [string, string] | null>>

/** A temporary folder with a plugin in it, able to import the SDK. */
export async function createPluginFolder(changes: PluginChanges = {}, inside = '.'): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'plugin-')), inside)
  await mkdir(join(folder, 'node_modules/@ops-center'), { recursive: true })
  await symlink(SDK, join(folder, 'node_modules/@ops-center/plugin-sdk'))
  for (const [path, content] of Object.entries({ ...GOOD_PLUGIN, ...changes })) {
    if (content === null) continue
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), isEdit(content) ? edit(path, content) : content)
  }
  return folder
}

/** Removes temporary folders, whatever depth the plugin has in them. */
export async function removeFolders(folders: readonly string[]): Promise<void> {
  const ours = folders.filter((folder) => folder.startsWith(join(tmpdir(), sep)))
  const tops = ours.map((folder) => join(tmpdir(), relative(tmpdir(), folder).split(sep)[0] ?? 'none'))
  await Promise.all(tops.map((top) => rm(top, { recursive: true, force: true })))
}

function isEdit(
  content: string | Uint8Array | readonly [string, string],
): content is readonly [string, string] {
  return Array.isArray(content)
}

function edit(path: string, [from, to]: readonly [string, string]): string {
  const text = GOOD_PLUGIN[path] ?? ''
  if (!text.includes(from)) throw new Error(`${path} does not contain ${from}`)
  return text.replace(from, to)
}
