import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRegistry } from '../../src/registry/registry.js'
import { readSignaturePolicy, resolveSignaturePolicy } from '../../src/registry/signature-policy.js'
import { buildPackage } from './build-archive.js'
import { createRegistryServer, type RegistryServer } from './registry-server.js'

const [ours, former, stranger] = [0, 1, 2].map(() => generateKeyPairSync('ed25519'))
if (!ours || !former || !stranger) throw new Error('unreachable')
const trusting = (...keys: KeyObject[]) => keys.map((key) => ({ key, fingerprint: 'known' }))

describe('what may be installed', () => {
  let server: RegistryServer
  const check = async (id: string, requireSignature: boolean) => {
    const policy = { requireSignature, trustedKeys: trusting(ours.publicKey) }
    const registry = createRegistry(server.database, policy)
    await registry.checkSignature(await registry.resolve(id))
  }
  const publish = async (id: string, key?: KeyObject) => {
    const bytes = buildPackage({ id })
    const signature = key === undefined ? undefined : sign(null, bytes, key).toString('base64')
    const answer = await server.upload(bytes, signature === undefined ? {} : { signature })
    expect(answer.status).toBe(201)
  }
  beforeAll(async () => {
    // As a server published them that asked for nothing yet, and trusted other keys.
    server = await createRegistryServer()
    await publish('signed', ours.privateKey)
    await publish('unsigned')
    await publish('strange', stranger.privateKey)
    await publish('outdated', former.privateKey)
    await publish('swapped', ours.privateKey)
    await server.database.kysely
      .updateTable('plugin_versions')
      .set({ signature: sign(null, Buffer.from('other bytes'), ours.privateKey).toString('base64') })
      .where('plugin_id', '=', 'swapped')
      .execute()
  })
  afterAll(() => server.close())

  it('is anything, where no signature is required', async () => {
    for (const id of ['signed', 'unsigned', 'strange', 'outdated', 'swapped']) await check(id, false)
  })

  it('is what a key signed that is trusted, where one is required', async () => {
    await check('signed', true)
  })

  it.each([
    ['unsigned', 'signature_missing', /"unsigned" 1\.0\.0 is not signed, .*OPS_CENTER_REQUIRE_SIGNATURE/],
    ['strange', 'signature_untrusted', /"strange" 1\.0\.0 .*sign the same package with a trusted key/],
    ['outdated', 'signature_untrusted', /OPS_CENTER_TRUSTED_KEYS/],
    ['swapped', 'signature_untrusted', /"swapped"/],
  ])('is not %s then', async (id, code, message) => {
    await expect(check(id, true)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

describe('the settings of signatures', () => {
  let folder: string
  const file = async (name: string, text: string | Buffer) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ops-keys-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('take public keys', async () => {
    const path = await file('ours.pub.pem', ours.publicKey.export({ type: 'spki', format: 'pem' }))
    const policy = await resolveSignaturePolicy({ trustedKeys: [path], requireSignature: true })
    expect(policy).toMatchObject({
      requireSignature: true,
      trustedKeys: [{ fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    })
  })

  it('say everything that is wrong', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    const trustedKeys = [
      join(folder, 'missing.pem'),
      await file('rubbish.pem', 'banana'),
      await file('ours.pem', ours.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      await file('rsa.pem', rsa.export({ type: 'spki', format: 'pem' })),
    ]
    const { problems } = await readSignaturePolicy({ trustedKeys, requireSignature: true })
    expect(problems.map(String)).toEqual([
      expect.stringMatching(/missing\.pem cannot be read .*OPS_CENTER_TRUSTED_KEYS/),
      expect.stringMatching(/rubbish\.pem cannot be used .*expected an Ed25519 public key in PEM form/),
      expect.stringMatching(/ours\.pem is a private key: name the public one/),
      expect.stringMatching(/rsa\.pem cannot be used \(it is a key of type rsa\)/),
    ])
  })

  it('must trust somebody when they require a signature', async () => {
    const settings = { trustedKeys: [], requireSignature: true }
    await expect(resolveSignaturePolicy(settings)).rejects.toThrow(/OPS_CENTER_TRUSTED_KEYS/)
    await resolveSignaturePolicy({ ...settings, requireSignature: false })
  })
})
