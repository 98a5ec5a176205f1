import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen } from '../../../src/http/listen.js'
import { versionResource } from '../../../src/registry/marketplace/version-resource.js'
import { buildArchive, buildPackage, manifestText } from '../build-archive.js'
import { problem, readAnswer } from '../read-answer.js'
import { createRegistryServer, type RegistryServer, uploadForm } from '../registry-server.js'

describe('POST /plugins/upload', () => {
  let server: RegistryServer
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'upload-routes-'))
    server = await createRegistryServer({ maxPackageBytes: 100_000, temporaryDirectory: folder })
  })
  afterAll(async () => {
    await server.close()
    await rm(folder, { recursive: true })
  })

  const checksumOf = async (id: string): Promise<string> => {
    const answer = await server.get(`/plugins/marketplace/${id}/versions/1.0.0`)
    return (await readAnswer(answer, versionResource)).checksum
  }

  const raw = (body: string | ArrayBuffer | ReadableStream, contentType: string) =>
    server.app.request(
      new Request('http://localhost/api/v1/plugins/upload', {
        method: 'POST',
        body,
        headers: { authorization: 'Bearer admin', 'content-type': contentType },
        duplex: 'half',
      }),
    )

  it('answers 200 for the same bytes again', async () => {
    const bytes = buildPackage({ id: 'again' })
    expect((await server.upload(bytes)).status).toBe(201)
    const second = await server.upload(bytes, { changelog: 'ignored' })
    expect(second.status).toBe(200)
    expect(await second.json()).toMatchObject({ version: '1.0.0', changelog: null })
  })

  it('answers 409 for other bytes of the same version and keeps the first', async () => {
    await server.upload(buildPackage({ id: 'taken' }))
    const before = await checksumOf('taken')
    const refused = await server.upload(buildPackage({ id: 'taken', code: 'changed' }))
    expect(refused.status).toBe(409)
    expect((await readAnswer(refused, problem)).detail).toMatch(/raise the version/)
    expect(await checksumOf('taken')).toBe(before)
  })

  it('lets exactly one of several different archives for one version win', async () => {
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((code) => server.upload(buildPackage({ id: 'race', code }))),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
  })

  it('keeps a plugin for the organization that published it first', async () => {
    await server.upload(buildPackage({ id: 'owned' }))
    const refused = await server.upload(buildPackage({ id: 'owned', version: '2.0.0' }), {}, 'other')
    expect(refused.status).toBe(403)
    expect((await server.get('/plugins/marketplace/owned/versions/2.0.0')).status).toBe(404)
  })

  it.each([
    ['missing', { checksum: '' }],
    ['not a checksum', { checksum: 'banana' }],
    ['of other bytes', { checksum: '0'.repeat(64) }],
  ])('refuses a checksum that is %s', async (_name, fields) => {
    const refused = await server.upload(buildPackage({ id: 'unchecked' }), fields)
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/checksum' }] })
    expect((await server.get('/plugins/marketplace/unchecked')).status).toBe(404)
  })

  it('points at every problem of the manifest', async () => {
    const refused = await server.upload(buildPackage({ version: 'banana', hooks: [{ event: 'nodots' }] }))
    expect(refused.status).toBe(422)
    const { errors } = await readAnswer(refused, problem)
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(['/file/hooks/0/event', '/file/version'])
  })

  it('refuses an id that is a word of the API', async () => {
    expect((await server.upload(buildPackage({ id: 'marketplace' }))).status).toBe(422)
  })

  it.each([
    ['a path that leads out', { path: 'evil/../../x' }],
    ['an absolute path', { path: '/etc/x' }],
    ['a link', { path: 'evil/link', type: 'SymbolicLink', linkpath: '/etc/passwd' }],
    ['a device', { path: 'evil/null', type: 'CharacterDevice' }],
  ] as const)('refuses %s with 422 and keeps nothing', async (_name, entry) => {
    const bytes = buildArchive([
      { path: 'evil/plugin.yaml', content: manifestText({ id: 'evil' }) },
      { path: 'evil/main.js' },
      entry,
    ])
    expect((await server.upload(bytes)).status).toBe(422)
    expect((await server.get('/plugins/marketplace/evil')).status).toBe(404)
    expect(await readdir(folder)).toEqual([])
  })

  it('accepts a package of exactly the limit and answers 413 for one byte more', async () => {
    const bytes = buildPackage({ id: 'limit' })
    // What follows the compressed data is not looked at, so it makes a package of any size.
    const exact = Buffer.concat([bytes, Buffer.alloc(100_000 - bytes.length)])
    expect((await server.upload(exact)).status).toBe(201)
    expect((await server.upload(Buffer.concat([exact, Buffer.alloc(1)]))).status).toBe(413)
    expect(await readdir(folder)).toEqual([])
  })

  it('stops reading a file that is too large, however it arrives', async () => {
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const head = '--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n'
        controller.enqueue(Buffer.from(head))
      },
      pull(controller) {
        sent += 50_000
        controller.enqueue(Buffer.alloc(50_000))
      },
    })
    expect((await raw(body, 'multipart/form-data; boundary=x')).status).toBe(413)
    expect(sent).toBeLessThan(2_000_000)
    expect(await readdir(folder)).toEqual([])
  })

  it('answers 413 at once when the request says that it is too large', async () => {
    const answer = await server.app.request('/api/v1/plugins/upload', {
      method: 'POST',
      headers: {
        authorization: 'Bearer admin',
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': '99999999',
      },
    })
    expect(answer.status).toBe(413)
  })

  it('tells a client that sends everything first why it was refused', async () => {
    const listening = await listen({
      port: 0,
      host: '127.0.0.1',
      stopTimeout: 1_000,
      fetch: server.app.fetch,
    })
    const headers = { authorization: 'Bearer admin' }
    for (const size of [400_000, 100_001]) {
      const body = uploadForm(Buffer.alloc(size))
      const answer = await fetch(`${listening.url}/api/v1/plugins/upload`, { method: 'POST', body, headers })
      expect(answer.status).toBe(413)
      expect((await readAnswer(answer, problem)).detail).toMatch(/larger than 100000 bytes/)
    }
    await listening.close()
  })

  it.each([
    ['another content type', 'application/json', '{}', 415],
    ['no boundary', 'multipart/form-data', 'x', 422],
    ['no parts', 'multipart/form-data; boundary=x', '--x--\r\n', 422],
    ['nothing at all', 'multipart/form-data; boundary=x', '', 422],
    ['no form inside', 'multipart/form-data; boundary=x', 'hello', 422],
    [
      'a stream that breaks off',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\nabc',
      422,
    ],
    ['headers that break off', 'multipart/form-data; boundary=x', '--x\r\ncontent-dispo', 422],
  ])('refuses a request with %s', async (_name, contentType, body, status) => {
    expect((await raw(body, contentType)).status).toBe(status)
    expect(await readdir(folder)).toEqual([])
  })

  it('refuses a second file, a repeated field and a field that is too long', async () => {
    const bytes = buildPackage({ id: 'fields' })
    const second = uploadForm(bytes)
    second.append('file', new Blob(['x']), 'x')
    const repeated = uploadForm(bytes)
    repeated.append('checksum', 'x')
    const long = uploadForm(bytes, { changelog: 'x'.repeat(200_000) })
    for (const form of [second, repeated, long]) {
      const request = new Request('http://localhost', { method: 'POST', body: form })
      const answer = await raw(await request.arrayBuffer(), request.headers.get('content-type') ?? '')
      expect(answer.status).toBe(422)
    }
    expect(await readdir(folder)).toEqual([])
  })

  it('cleans up when the client goes away in the middle', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(
          Buffer.from('--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\nabc'),
        )
      },
      pull(controller) {
        controller.error(new Error('connection lost'))
      },
    })
    expect((await raw(body, 'multipart/form-data; boundary=x')).status).toBe(422)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('signatures of uploads', () => {
  const keys = generateKeyPairSync('ed25519')
  const stranger = generateKeyPairSync('ed25519')
  const signatures = { requireSignature: true, trustedKeys: [{ key: keys.publicKey, fingerprint: 'ours' }] }
  const signed = (bytes: Buffer, key = keys.privateKey) => sign(null, bytes, key).toString('base64')
  let server: RegistryServer
  beforeAll(async () => {
    server = await createRegistryServer({ signatures })
  })
  afterAll(() => server.close())

  it('names the trusted key that signed the package', async () => {
    const bytes = buildPackage({ id: 'signed' })
    const answer = await server.upload(bytes, { signature: signed(bytes) })
    expect(answer.status).toBe(201)
    expect((await readAnswer(answer, versionResource)).signed_by).toBe('ours')
  })

  it('refuses a signature by a stranger, of other bytes, of no kind, and none', async () => {
    const bytes = buildPackage({ id: 'unsigned' })
    const attempts = [signed(bytes, stranger.privateKey), signed(Buffer.from('other')), 'banana', '']
    for (const signature of attempts) expect((await server.upload(bytes, { signature })).status).toBe(422)
    expect((await server.get('/plugins/marketplace/unsigned')).status).toBe(404)
  })

  it('can be brought later with the same bytes, and are not taken away', async () => {
    const bytes = buildPackage({ id: 'late' })
    const [before, anybody] = [signed(bytes, stranger.privateKey), await createRegistryServer()]
    const publish = async (signature: string) =>
      readAnswer(await anybody.upload(bytes, { signature }), versionResource)
    expect(await publish('')).toMatchObject({ signature: null })
    expect(await publish(before)).toMatchObject({ signature: before })
    expect(await publish('')).toMatchObject({ signature: before })
    await anybody.close()
  })
})
