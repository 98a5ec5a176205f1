import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatChecksum, sha256 } from '../../src/build/checksum.js'
import { startFakePlatform } from '../fake-platform.js'
import { writePackageFile } from '../package-file.js'
import { runCli } from '../run-cli.js'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'signing-'))
})
afterEach(() => rm(cwd, { recursive: true }))

const run = (...args: string[]) => runCli(args, { cwd })
const modeOf = async (file: string) => (await stat(join(cwd, file))).mode & 0o777
const PACKAGE = 'weather-1.0.0.tar.gz'

describe('keygen', () => {
  it('writes a private key for its owner alone, and never over another', async () => {
    const made = await run('keygen', '--output', 'team.pem')
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).toMatch(/fingerprint {2}[0-9a-f]{64}/)
    expect(await modeOf('team.pem')).toBe(0o600)
    const before = await readFile(join(cwd, 'team.pem'), 'utf8')
    expect(before).toContain('PRIVATE KEY')
    expect(made.stdout).not.toContain(before.split('\n')[1])
    const again = await run('keygen', '--output', 'team.pem')
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('team.pem exists already')
    expect(await readFile(join(cwd, 'team.pem'), 'utf8')).toBe(before)
  })

  it('leaves no private key beside the public half of another', async () => {
    await writeFile(join(cwd, 'team.pub.pem'), 'of another key')
    const { code, stderr } = await run('keygen', '--output', 'team.pem')
    expect(code).toBe(1)
    expect(stderr).toContain('team.pub.pem exists already')
    await expect(stat(join(cwd, 'team.pem'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('says so when it cannot write', async () => {
    await writeFile(join(cwd, 'occupied'), '')
    const { code, stderr } = await run('keygen', '--output', 'occupied/team.pem')
    expect(code).toBe(1)
    expect(stderr).toMatch(/error The key cannot be written to .*team\.pem: .*\n {2}fix Name another file/)
  })

  it('keeps its key in the settings folder unless told otherwise', async () => {
    await run('keygen')
    expect(await modeOf('.no-config/signing-key.pem')).toBe(0o600)
    expect(await modeOf('.no-config')).toBe(0o700)
  })
})

describe('sign and verify', () => {
  beforeEach(async () => {
    await writePackageFile(cwd, 'weather', '1.0.0')
    await run('keygen', '--output', 'team.pem')
  })

  it('verifies what was signed, and names who signed it', async () => {
    const signed = await run('sign', PACKAGE, '--key', 'team.pem')
    expect(signed).toMatchObject({ code: 0, stderr: '' })
    const fingerprint = /fingerprint {2}([0-9a-f]{64})/.exec(signed.stdout)?.[1]
    const verified = await run('verify', PACKAGE, '--key', 'team.pub.pem')
    expect(verified).toMatchObject({ code: 0, stderr: '' })
    expect(verified.stdout).toContain(`verified weather 1.0.0`)
    expect(verified.stdout).toContain(`signature  by ${fingerprint}`)
  })

  it('does not take the key of somebody else', async () => {
    await run('sign', PACKAGE, '--key', 'team.pem')
    await run('keygen', '--output', 'other.pem')
    const { code, stderr } = await run('verify', PACKAGE, '--key', 'other.pub.pem')
    expect(code).toBe(1)
    expect(stderr).toContain('was not signed with the key other.pub.pem')
  })

  it('notices a package that was changed together with its checksum', async () => {
    await run('sign', PACKAGE, '--key', 'team.pem')
    const bytes = await writePackageFile(cwd, 'weather', '1.0.0', 'changed')
    await writeFile(join(cwd, `${PACKAGE}.sha256`), formatChecksum(sha256(bytes), PACKAGE))
    expect((await run('verify', PACKAGE)).code).toBe(0)
    const { code, stderr } = await run('verify', PACKAGE, '--key', 'team.pub.pem')
    expect(code).toBe(1)
    expect(stderr).toContain('was not signed with the key')
  })

  it('asks for a signature when a key is named', async () => {
    const { code, stderr } = await run('verify', PACKAGE, '--key', 'team.pub.pem')
    expect(code).toBe(1)
    expect(stderr).toContain(`There is no ${PACKAGE}.sig beside the package`)
  })

  it('does not sign with a key that others can read', async () => {
    await chmod(join(cwd, 'team.pem'), 0o644)
    const { code, stderr } = await run('sign', PACKAGE, '--key', 'team.pem')
    expect(code).toBe(1)
    expect(stderr).toContain('team.pem can be read by others')
    expect(stderr).toContain('fix Run chmod 600 team.pem')
  })

  it.each([
    ['missing.pem', 'The key missing.pem cannot be read'],
    [PACKAGE, 'is not a key: expected an Ed25519 private key in PEM form'],
    ['team.pub.pem', 'team.pub.pem is a public key: it verifies, and cannot sign'],
  ])('says so when %s is no key', async (key, message) => {
    if (key === PACKAGE) await chmod(join(cwd, key), 0o600)
    const { code, stderr } = await run('sign', PACKAGE, '--key', key)
    expect(code).toBe(1)
    expect(stderr).toContain(message)
  })

  it('finds a package that was renamed', async () => {
    const bytes = await readFile(join(cwd, PACKAGE))
    await writeFile(join(cwd, 'weather-2.0.0.tar.gz'), bytes)
    await writeFile(join(cwd, 'weather-2.0.0.tar.gz.sha256'), formatChecksum(sha256(bytes), PACKAGE))
    const { code, stderr } = await run('verify', 'weather-2.0.0.tar.gz')
    expect(code).toBe(1)
    expect(stderr).toContain('holds weather 1.0.0: expected the name weather-1.0.0.tar.gz')
  })

  it('is sent along when publishing', async () => {
    await run('sign', PACKAGE, '--key', 'team.pem')
    const platform = await startFakePlatform({ 'POST /plugins/upload': () => ({ status: 201, json: {} }) })
    try {
      const { stdout } = await runCli(['publish', '--path', '.'], { cwd, env: platform.env })
      expect(stdout).toMatch(/published weather 1\.0\.0 \(\d+ B, signed\)/)
      const [request] = platform.requests
      const form = await new Response(request?.body, { headers: request?.headers ?? {} }).formData()
      expect(form.get('signature')).toBe((await readFile(join(cwd, `${PACKAGE}.sig`), 'utf8')).trim())
    } finally {
      await platform.close()
    }
  })
})
