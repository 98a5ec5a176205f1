import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { PackageError } from '../../../src/registry/archive/package-error.js'
import { readArchive } from '../../../src/registry/archive/read-archive.js'
import { buildArchive, buildTar, type Entry } from '../build-archive.js'

const file = (path: string, content = 'x'): Entry => ({ path, content })

async function refusal(bytes: Uint8Array, limits = {}): Promise<string> {
  const outcome = await readArchive(bytes, { limits }).then(
    () => 'accepted',
    (error: unknown) => error,
  )
  expect(outcome).toBeInstanceOf(PackageError)
  return outcome instanceof PackageError ? outcome.message : ''
}

describe('readArchive', () => {
  it('lists the files below the root folder, whichever order they come in', async () => {
    const bytes = buildArchive([
      file('a/lib/deep/x.js', 'hello'),
      { path: 'a/', type: 'Directory' },
      file('a/b.js', ''),
    ])
    expect(await readArchive(bytes)).toEqual({
      root: 'a',
      files: [
        { path: 'lib/deep/x.js', size: 5 },
        { path: 'b.js', size: 0 },
      ],
    })
  })

  it('reads an archive that arrives byte by byte', async () => {
    const bytes = buildArchive([file('a/b.js', 'hello')])
    async function* slowly() {
      for (const byte of bytes) yield Buffer.from([byte])
    }
    const seen: string[] = []
    await readArchive(slowly(), { onFile: () => (chunk) => seen.push(Buffer.from(chunk).toString()) })
    expect(seen.join('')).toBe('hello')
  })

  it('follows extended headers to the path they name', async () => {
    const path = `a/${'long-'.repeat(30)}name.js`
    const record = (length: number) => `${length} path=${path}\n`
    const pax = record(record(100).length + (record(100).length > 99 ? 0 : -1))
    const bytes = buildArchive([
      { path: 'PaxHeader/x', type: 'ExtendedHeader', content: pax },
      file('a/short.js', 'hello'),
    ])
    expect((await readArchive(bytes)).files.map((entry) => entry.path)).toEqual([path.slice(2)])
  })

  it.each([
    ['a parent folder', '../evil.js', /leads out/],
    ['a parent folder in the middle', 'a/../../evil.js', /leads out/],
    ['an absolute path', '/etc/passwd', /absolute/],
    ['a drive letter', 'c:/evil.js', /absolute/],
    ['a backslash', 'a\\..\\evil.js', /backslash/],
    ['a dot segment', 'a/./b.js', /empty name/],
    ['a doubled slash', 'a//b.js', /empty name/],
    ['a line break', 'a/b\nc.js', /cannot be shown/],
  ])('refuses %s', async (_name, path, reason) => {
    expect(await refusal(buildArchive([file(path)]))).toMatch(reason)
  })

  it('never hands on a NUL that an extended header puts into a path', async () => {
    const content = '15 path=a/x\0yz\n'
    const bytes = buildArchive([{ path: 'p', type: 'ExtendedHeader', content }, file('a/b.js')])
    expect((await readArchive(bytes)).files.map(({ path }) => path)).toEqual(['x'])
  })

  it.each([
    ['symbolic link', { type: 'SymbolicLink', linkpath: '/etc/passwd' }],
    ['hard link', { type: 'Link', linkpath: 'a/b.js' }],
    ['character device', { type: 'CharacterDevice', devmaj: 1, devmin: 3 }],
    ['block device', { type: 'BlockDevice', devmaj: 8, devmin: 0 }],
    ['named pipe', { type: 'FIFO' }],
    ['sparse file', { type: 'ContiguousFile' }],
  ] as const)('refuses a %s', async (_name, entry) => {
    expect(await refusal(buildArchive([file('a/b.js'), { path: 'a/odd', ...entry }]))).toMatch(
      /expected only files and folders/,
    )
  })

  it('refuses a path that is there twice', async () => {
    expect(await refusal(buildArchive([file('a/b.js', '1'), file('a/b.js', '2')]))).toMatch(/twice/)
  })

  it('refuses paths that differ in case only, folders too', async () => {
    expect(await refusal(buildArchive([file('a/README'), file('a/readme')]))).toMatch(/same place/)
    expect(await refusal(buildArchive([file('a/Lib/x.js'), file('a/lib/y.js')]))).toMatch(/same place/)
  })

  it('refuses a path that is a file and a folder', async () => {
    expect(await refusal(buildArchive([file('a/b'), file('a/b/c')]))).toMatch(
      /both as a file and as a folder/,
    )
  })

  it('refuses a second root folder and a file beside the first', async () => {
    expect(await refusal(buildArchive([file('a/b.js'), file('c/d.js')]))).toMatch(/one root folder/)
    expect(await refusal(buildArchive([file('plugin.yaml')]))).toMatch(/one root folder/)
  })

  it('refuses more entries, larger files, deeper folders and longer paths than the limits', async () => {
    const two = buildArchive([file('a/b.js', 'hello'), file('a/c/d.js')])
    expect(await refusal(two, { maxEntries: 1 })).toMatch(/more than 1 entries/)
    expect(await refusal(two, { maxFileBytes: 4 })).toMatch(/of 5 bytes/)
    expect(await refusal(two, { maxDepth: 2 })).toMatch(/2 folders deep/)
    expect(await refusal(two, { maxPathBytes: 6 })).toMatch(/more than 6 bytes/)
  })

  it('refuses a header that claims more than the limit before reading any of it', async () => {
    const header = buildTar([{ path: 'a/huge', size: 8_000_000_000 }])
    expect(await refusal(gzipSync(header))).toMatch(/of 8000000000 bytes/)
  })

  it('stops unpacking a bomb at the limit, in a file, in headers and behind the end marker', async () => {
    const zeros = Buffer.alloc(3_000_000)
    const limits = { maxUnpackedBytes: 1_000_000 }
    expect(await refusal(buildArchive([file('a/b', zeros.toString())]), limits)).toMatch(/unpacks to more/)
    expect(await refusal(gzipSync(Buffer.concat([buildTar([file('a/b')]), zeros])), limits)).toMatch(
      /unpacks to more/,
    )
    const meta: Entry = { path: 'x', type: 'ExtendedHeader', content: '9 a=bcde\n'.repeat(100_000) }
    expect(await refusal(buildArchive([meta, meta]), limits)).toMatch(/unpacks to more/)
  })

  it('refuses an archive within the archive, which would be unpacked past the limits', async () => {
    expect(await refusal(gzipSync(buildArchive([file('a/b.js')])))).toMatch(/compressed twice/)
  })

  it('ignores padding behind the end marker', async () => {
    const padded = gzipSync(Buffer.concat([buildTar([file('a/b.js')]), Buffer.alloc(9_000)]))
    expect((await readArchive(padded)).files).toHaveLength(1)
  })

  it('refuses what is not gzip, is cut off or is damaged', async () => {
    const bytes = buildArchive([file('a/b.js', 'hello'.repeat(1000))])
    expect(await refusal(Buffer.from('not a package'))).toMatch(/not a complete/)
    expect(await refusal(Buffer.alloc(0))).toMatch(/end marker is missing|not a complete/)
    expect(await refusal(bytes.subarray(0, bytes.length - 20))).toMatch(/not a complete/)
    const damaged = Buffer.from(bytes)
    damaged.writeUInt32LE(1, damaged.length - 8)
    expect(await refusal(damaged)).toMatch(/not a complete/)
  })

  it('refuses a tar that is cut off or without its end marker inside intact gzip', async () => {
    const tar = buildTar([file('a/b.js', 'hello'.repeat(1000))])
    expect(await refusal(gzipSync(tar.subarray(0, 1024)))).toMatch(/incomplete/)
    expect(await refusal(gzipSync(buildTar([file('a/b.js')], false)))).toMatch(/incomplete/)
  })

  it('passes on an error of the source as it is', async () => {
    async function* broken() {
      yield buildArchive([file('a/b.js')]).subarray(0, 20)
      throw new Error('disk gone')
    }
    await expect(readArchive(broken())).rejects.toThrow('disk gone')
  })
})
