import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uploadForm } from '../registry/registry-server.js'
import { buildPlugin } from './build-plugin.js'
import { ADMIN_KEY, startTestPlatform, type TestPlatform } from './test-platform.js'

describe('a platform that requires signatures', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  let folder: string
  let platform: TestPlatform
  const publish = async (version: string) => {
    const bytes = await buildPlugin({ id: 'clock', version, code: '' })
    const response = await fetch(`${platform.server.url}/api/v1/plugins/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
      body: uploadForm(bytes, { signature: sign(null, bytes, privateKey).toString('base64') }),
    })
    expect(response.status).toBe(201)
  }
  /** As if it had been published before signatures were required. */
  const loseSignature = (version: string) =>
    platform.server.database.kysely
      .updateTable('plugin_versions')
      .set({ signature: null, signed_by: null })
      .where('version', '=', version)
      .execute()
  const refused = async (path: string, body: unknown, version: string) => {
    const { detail } = await platform.api<{ detail: string }>('POST', path, body, 422)
    expect(detail).toContain(`Plugin "clock" ${version} is not signed`)
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ops-keys-'))
    const key = join(folder, 'ours.pub.pem')
    await writeFile(key, publicKey.export({ type: 'spki', format: 'pem' }))
    platform = await startTestPlatform({ requireSignature: true, trustedKeys: [key] })
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await publish(version)
  })
  afterAll(async () => {
    await platform.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('refuses others to be installed, updated to and gone back to, but runs what is installed', async () => {
    await platform.api('POST', '/plugins/install', { plugin_id: 'clock', version: '1.0.0', enable: true })
    await platform.api('POST', '/plugins/clock/update', { version: '1.1.0' })
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await loseSignature(version)
    await refused('/plugins/clock/update', { version: '1.2.0' }, '1.2.0')
    await refused('/plugins/clock/rollback', undefined, '1.0.0')
    await platform.api('POST', '/plugins/clock/disable')
    await platform.api('POST', '/plugins/clock/enable')
    await platform.api('POST', '/plugins/clock/uninstall')
    await refused('/plugins/install', { plugin_id: 'clock', version: '1.2.0' }, '1.2.0')
    const { plugins } = await platform.api<{ plugins: unknown[] }>('GET', '/plugins/installed')
    expect(plugins).toEqual([])
  })
})
