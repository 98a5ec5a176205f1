import { gzipSync } from 'node:zlib'
import { Header } from 'tar'
import { describe, expect, it } from 'vitest'
import { inspectArchive } from '../../src/sign/inspect-archive.js'

const MANIFEST = [
  'id: weather',
  'name: Weather',
  'version: 1.0.0',
  'description: Watches',
  'author: Me',
  'type: backend',
].join('\n')

type Entry = { path: string; content?: string; type?: 'File' | 'SymbolicLink' | 'Link' | 'FIFO' }

/** An archive as no honest tool writes it. */
function archiveOf(...entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = '', type = 'File' }) => {
    const body = Buffer.from(content)
    const size = type === 'File' ? body.length : 0
    const header = new Header({
      path,
      type,
      size,
      mode: 0o644,
      ...(type.endsWith('Link') ? { linkpath: '/etc/passwd' } : {}),
    })
    const block = Buffer.alloc(512)
    header.encode(block)
    return [block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1_024)]))
}

const manifest = { path: 'weather/plugin.yaml', content: MANIFEST }

describe('inspecting an archive', () => {
  it('lists what a package holds', async () => {
    const found = await inspectArchive(archiveOf(manifest, { path: 'weather/main.js', content: 'x' }))
    expect(found.manifest).toMatchObject({ id: 'weather', version: '1.0.0' })
    expect(found.files).toEqual([
      { path: 'plugin.yaml', size: MANIFEST.length },
      { path: 'main.js', size: 1 },
    ])
  })

  it.each<[what: string, entries: Entry[], message: RegExp]>([
    ['a symbolic link', [manifest, { path: 'weather/a', type: 'SymbolicLink' }], /not a file or folder/],
    ['a hard link', [manifest, { path: 'weather/a', type: 'Link' }], /not a file or folder but a Link/],
    ['a pipe', [manifest, { path: 'weather/a', type: 'FIFO' }], /not a file or folder but a FIFO/],
    [
      'a path that leads out',
      [manifest, { path: 'weather/../../evil', content: 'x' }],
      /leads out of its folder/,
    ],
    ['an absolute path', [manifest, { path: '/etc/cron.d/x', content: 'x' }], /not a relative path/],
    ['two root folders', [manifest, { path: 'other/a', content: 'x' }], /root folders "weather", "other"/],
    [
      'the same file twice',
      [manifest, { path: 'weather/Plugin.yaml', content: 'x' }],
      /twice, or with other/,
    ],
    ['no manifest', [{ path: 'weather/main.js', content: 'x' }], /no plugin\.yaml/],
    ['a manifest that is wrong', [{ ...manifest, content: 'id: weather' }], /manifest is wrong/],
    [
      'another folder than its id',
      [{ ...manifest, path: 'storm/plugin.yaml' }],
      /folder is "storm", the plugin's id "weather"/,
    ],
  ])('refuses %s', async (_, entries, message) => {
    await expect(inspectArchive(archiveOf(...entries))).rejects.toThrow(message)
  })

  it('refuses what is no archive, and one that was cut off', async () => {
    await expect(inspectArchive(Buffer.from('not gzip'))).rejects.toThrow(/not a \.tar\.gz archive|no plugin/)
    const whole = archiveOf(manifest)
    await expect(inspectArchive(whole.subarray(0, whole.length - 20))).rejects.toThrow(/archive/)
  })
})
