import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildArchive, buildPackage, buildTar, type Entry, manifestText } from '../build-archive.js'
import { problem, readAnswer } from '../read-answer.js'
import { createRegistryServer, type RegistryServer, sha256 } from '../registry-server.js'

const FORMER = buildPackage({ id: 'evil', code: 'export default "the former one"\n' })
const manifest: Entry = { path: 'evil/plugin.yaml', content: manifestText({ id: 'evil', version: '1.1.0' }) }
const main: Entry = { path: 'evil/main.js', content: 'export default 1\n' }
const next = buildArchive([manifest, main])
const withEntry = (entry: Entry) => buildArchive([manifest, main, entry])

/** 300 MB of nothing, in a few hundred kilobytes. */
function bomb(): Buffer {
  return gzipSync(Buffer.concat([buildTar([manifest, main], false), Buffer.alloc(300 * 1024 * 1024)]))
}
/** A header that says 10 GB, and nothing behind it. */
const lyingHeader = gzipSync(buildTar([manifest, { path: 'evil/big', size: 10 * 2 ** 30 }], false))

interface Hostile {
  what: string
  bytes: () => Buffer
  fields?: Record<string, string>
  status: number
}

const table: Hostile[] = [
  { what: 'a path that leads out', bytes: () => withEntry({ path: '../evil.js' }), status: 422 },
  { what: 'a path that leads out on the way', bytes: () => withEntry({ path: 'evil/../../x' }), status: 422 },
  { what: 'an absolute path', bytes: () => withEntry({ path: '/etc/cron.d/x' }), status: 422 },
  { what: 'a Windows path', bytes: () => withEntry({ path: 'evil\\..\\..\\x' }), status: 422 },
  {
    what: 'a symbolic link',
    bytes: () => withEntry({ path: 'evil/l', type: 'SymbolicLink', linkpath: '/etc/passwd' }),
    status: 422,
  },
  {
    what: 'a hard link',
    bytes: () => withEntry({ path: 'evil/l', type: 'Link', linkpath: 'evil/main.js' }),
    status: 422,
  },
  {
    what: 'a character device',
    bytes: () => withEntry({ path: 'evil/null', type: 'CharacterDevice', devmaj: 1, devmin: 3 }),
    status: 422,
  },
  {
    what: 'a block device',
    bytes: () => withEntry({ path: 'evil/disk', type: 'BlockDevice', devmaj: 8, devmin: 0 }),
    status: 422,
  },
  { what: 'a named pipe', bytes: () => withEntry({ path: 'evil/pipe', type: 'FIFO' }), status: 422 },
  { what: 'a bomb', bytes: bomb, status: 422 },
  { what: 'a file that says it is larger than allowed', bytes: () => lyingHeader, status: 422 },
  {
    what: 'more entries than allowed',
    bytes: () =>
      buildArchive([manifest, ...Array.from({ length: 10_001 }, (_, n) => ({ path: `evil/${n}` }))]),
    status: 422,
  },
  { what: 'an archive in the archive', bytes: () => gzipSync(next), status: 422 },
  { what: 'an archive that is cut off', bytes: () => next.subarray(0, next.length - 20), status: 422 },
  {
    what: 'an archive without its end',
    bytes: () => gzipSync(buildTar([manifest, main], false)),
    status: 422,
  },
  { what: 'bytes that are no archive', bytes: () => Buffer.from('hello'), status: 422 },
  { what: 'nothing', bytes: () => Buffer.alloc(0), status: 422 },
  { what: 'a second root folder', bytes: () => withEntry({ path: 'other/x.js' }), status: 422 },
  {
    what: 'the folder of another plugin',
    bytes: () =>
      buildArchive([
        { ...manifest, path: 'weather/plugin.yaml' },
        { ...main, path: 'weather/main.js' },
      ]),
    status: 422,
  },
  {
    what: 'a manifest nested 10,000 deep',
    bytes: () => buildArchive([{ ...manifest, content: '['.repeat(10_000) + ']'.repeat(10_000) }, main]),
    status: 422,
  },
  { what: 'a wrong checksum', bytes: () => next, fields: { checksum: sha256(FORMER) }, status: 422 },
  { what: 'other bytes of the former version', bytes: () => buildPackage({ id: 'evil' }), status: 409 },
  { what: 'more bytes than allowed', bytes: () => Buffer.alloc(2_000_001, 1), status: 413 },
]

let server: RegistryServer
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-uploads-'))
  server = await createRegistryServer({ maxPackageBytes: 2_000_000, temporaryDirectory: folder })
  expect((await server.upload(FORMER)).status).toBe(201)
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

/** What stays as it was, whatever is uploaded. */
async function expectUntouched(): Promise<void> {
  expect(await readdir(folder)).toEqual([])
  const download = await server.get('/plugins/marketplace/evil/versions/1.0.0/download')
  expect(sha256(new Uint8Array(await download.arrayBuffer()))).toBe(sha256(FORMER))
  const { rows } = await server.database.executeSql(`
    select version, (select count(*)::int from package_files) as files
    from plugin_versions where plugin_id = 'evil'
  `)
  expect(rows).toEqual([{ version: '1.0.0', files: 1 }])
}

describe('an upload of', () => {
  it.each(table)('$what is refused, and leaves nothing behind', async ({ bytes, fields, status }) => {
    const answer = await server.upload(bytes(), fields)
    expect(answer.status, await answer.clone().text()).toBe(status)
    expect((await readAnswer(answer, problem)).detail).not.toBe('')
    await expectUntouched()
  })
})

it('publishes exactly one of two archives for one version that arrive at once', async () => {
  const archives = ['first', 'second'].map((code) => buildPackage({ id: 'race', code }))
  const answers = await Promise.all(archives.map((bytes) => server.upload(bytes)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409])
  const winner = archives[answers.findIndex(({ status }) => status === 201)]
  const download = await server.get('/plugins/marketplace/race/versions/1.0.0/download')
  expect(new Uint8Array(await download.arrayBuffer())).toEqual(new Uint8Array(winner ?? []))
  expect(await readdir(folder)).toEqual([])
})
