import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { fixManifest } from '../../dist/fix/fix-manifest.js'
import { validatePlugin } from '../../dist/validate/validate-plugin.js'
import { createPluginFolder, type PluginChanges, removeFolders } from '../plugin-folder.js'

const folders: string[] = []
afterAll(() => removeFolders(folders))

async function fixed(changes: PluginChanges) {
  const folder = await createPluginFolder(changes)
  folders.push(folder)
  const { changes: done, left } = await fixManifest(folder)
  const { findings } = await validatePlugin(folder)
  return { folder, done, left, findings, text: await readFile(join(folder, 'plugin.yaml'), 'utf8') }
}

describe('validate --fix', () => {
  it('writes what the code registers and leaves nothing to complain about', async () => {
    const { done, findings, text } = await fixed({
      'main.ts': [
        'plugin.route(',
        `plugin.hook('device.deleted', function onGone() {}, { priority: 5 })
plugin.filterHook('device.data.process', function addScore(data) { return data })
plugin.task('train', async () => {}, { cron: '0 3 * * *' })
plugin.route('/predict', { methods: ['POST', 'PUT'], auth: 'none' }, async () => ({}))
plugin.route(`,
      ],
    })
    expect(findings).toEqual([])
    expect(done).toEqual([
      'added device.deleted (onGone) to hooks',
      'added device.data.process (addScore) to filters',
      'added POST, PUT /predict to routes',
      'added the task train',
      'added the comment that gives editors completion',
    ])
    expect(text).toMatch(/^# yaml-language-server: \$schema=/)
    expect(text).toContain('  - event: device.deleted\n    handler: onGone\n    priority: 5\n')
  })

  it('corrects and removes what the code does not have, and keeps comments', async () => {
    const { findings, text } = await fixed({
      'plugin.yaml': [
        '    handler: onCreated\nroutes:\n  - path: /stats\n    methods: [GET]\n',
        `    handler: onMade # mine
  - event: device.deleted
routes:
  # counts
  - path: /stats
    methods: [GET, POST]
    auth: none
  - path: /gone
    methods: [GET]
tasks:
  - name: train
`,
      ],
    })
    expect(findings).toEqual([])
    expect(text).toContain('handler: onCreated # mine')
    expect(text).toContain('# counts\n  - path: /stats\n    methods: [GET]\n    auth: required')
    expect(text).not.toMatch(/gone|train|device\.deleted/)
  })

  it('changes nothing the second time', async () => {
    const { folder, text } = await fixed({})
    expect(await fixManifest(folder)).toEqual({ changes: [], left: [] })
    expect(await readFile(join(folder, 'plugin.yaml'), 'utf8')).toBe(text)
  })

  it('repairs what is wrong in the manifest where the code says what is right', async () => {
    const { done, findings, text } = await fixed({
      'plugin.yaml': `# mine
id: Weather!
name: Weather
vresion: 1.0
author: DevOps Team
type: Backend
category: monitoring
permissions: devices:read
hooks:
  - device.created
routes: /stats
`,
    })
    expect(findings).toEqual([])
    expect(done).toEqual([
      'renamed vresion to version',
      'wrote id "weather", as in the code',
      'wrote version "1.0.0", as in the code',
      'wrote description "Watches the weather", as in the code',
      'wrote type "backend", as in the code',
      'wrote permissions ["devices:read"], as in the code',
      'removed what is no entry from hooks',
      'removed routes, which is not a list',
      'added device.created (onCreated) to hooks',
      'added GET /stats to routes',
      'added the comment that gives editors completion',
    ])
    expect(text).toContain('# mine')
  })

  it('writes a whole manifest into an empty file', async () => {
    const { findings, left, text } = await fixed({ 'plugin.yaml': '' })
    expect({ findings, left }).toEqual({ findings: [], left: [] })
    expect(text).toContain('id: weather\n')
  })

  it('completes a version without any code', async () => {
    const { text } = await fixed({
      'main.ts': 'export {}',
      'plugin.yaml': ['version: 1.0.0', 'version: 1.10'],
    })
    expect(text).toContain('version: 1.10.0\n')
  })

  it('changes nothing while something is left that only its author knows, and says what', async () => {
    const { done, left, text } = await fixed({
      'plugin.yaml': ['version: 1.0.0\n', 'version: 1.0\nhomepage: nowhere\nresources: { memory: lots }\n'],
    })
    expect(done).toEqual([])
    expect(left).toEqual([expect.stringContaining('homepage'), expect.stringContaining('resources.memory')])
    expect(text).toContain('version: 1.0\n')
  })

  it.each([
    ['cannot be read', 'id: [', 'The YAML cannot be read'],
    ['was written to harm', `a: ${'['.repeat(5_000)}`, 'The manifest is nested'],
    ['is a list', '- a\n', 'The manifest is a list'],
  ])('leaves a manifest alone that %s', async (_what, text, reason) => {
    const folder = await createPluginFolder({})
    folders.push(folder)
    await writeFile(join(folder, 'plugin.yaml'), text)
    expect(await fixManifest(folder)).toEqual({
      changes: [],
      left: [expect.stringContaining(reason)],
    })
    expect(await readFile(join(folder, 'plugin.yaml'), 'utf8')).toBe(text)
  })
})
