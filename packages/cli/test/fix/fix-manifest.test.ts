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
  const done = await fixManifest(folder)
  const { findings } = await validatePlugin(folder)
  return { folder, done, findings, text: await readFile(join(folder, 'plugin.yaml'), 'utf8') }
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
    expect(await fixManifest(folder)).toEqual([])
    expect(await readFile(join(folder, 'plugin.yaml'), 'utf8')).toBe(text)
  })

  it('leaves a manifest alone that it cannot read', async () => {
    const folder = await createPluginFolder({})
    folders.push(folder)
    await writeFile(join(folder, 'plugin.yaml'), 'id: [')
    expect(await fixManifest(folder)).toEqual([])
    expect(await readFile(join(folder, 'plugin.yaml'), 'utf8')).toBe('id: [')
  })
})
