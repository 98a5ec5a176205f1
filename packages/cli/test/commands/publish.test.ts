import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256 } from '../../src/build/checksum.js'
import { type FakePlatform, type FakeRoutes, problem, startFakePlatform } from '../fake-platform.js'
import { writePackageFile } from '../package-file.js'
import { runCli } from '../run-cli.js'

let cwd: string
let platform: FakePlatform | undefined

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'publish-'))
})
afterEach(async () => {
  await platform?.close()
  platform = undefined
  await rm(cwd, { recursive: true })
})

const addPackage = (id: string, version: string, filler?: string) =>
  writePackageFile(cwd, id, version, filler)

async function publish(routes: FakeRoutes, ...args: string[]) {
  platform = await startFakePlatform(routes)
  return runCli(['publish', '--path', '.', ...args], { cwd, env: platform.env })
}

describe('publish', () => {
  it('uploads the highest version with its checksum and changelog', async () => {
    const bytes = await addPackage('weather', '1.10.0', randomBytes(200_000).toString('hex'))
    await addPackage('weather', '1.9.0')
    await addPackage('weather', '1.10.0-beta.1')
    const answer = { plugin_id: 'weather', version: '1.10.0' }
    const result = await publish(
      { 'POST /plugins/upload': () => ({ status: 201, json: answer }) },
      '--changelog',
      'Faster — 🌧️',
    )
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout).toMatch(/published weather 1\.10\.0 \(2\d\d kB\)/)
    expect(result.stdout).toContain(`${platform?.url}/api/v1/plugins/marketplace/weather\n`)
    const [request] = platform?.requests ?? []
    expect(request?.headers.get('authorization')).toBe('Bearer ock_test')
    const form = await new Response(request?.body, { headers: request?.headers ?? {} }).formData()
    const file = form.get('file')
    expect(file).toBeInstanceOf(File)
    if (!(file instanceof File)) return
    expect(file.name).toBe('weather-1.10.0.tar.gz')
    expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true)
    expect(form.get('checksum')).toBe(sha256(bytes))
    expect(form.get('changelog')).toBe('Faster — 🌧️')
  })

  it("prints the platform's answer as JSON", async () => {
    await addPackage('weather', '1.0.0')
    const { stdout } = await publish(
      { 'POST /plugins/upload': () => ({ json: { plugin_id: 'weather' } }) },
      '--json',
    )
    expect(JSON.parse(stdout)).toEqual({ plugin_id: 'weather' })
  })

  it.each([
    [401, 'does not accept the key: The key has expired', /set OPS_CENTER_API_KEY/],
    [403, 'The key may not do this: It lacks plugins:write', /has the permission/],
    [409, 'Not possible as things are: Version 1.0.0 exists with other bytes', /Raise version/],
    [413, 'The package is too large: At most 50 MB', /\.opsignore/],
    [422, 'Refused: The manifest is not valid\n  /version: is missing', /Correct what is named/],
    [429, 'Too many requests: Slow down', /Repeat in 120 seconds/],
    [500, 'answered with status 500: It broke', /request r-1/],
  ])('says in words why it was refused with %i', async (status, message, fix) => {
    await addPackage('weather', '1.0.0')
    const detail = message.split('\n')[0]?.split(': ')[1] ?? ''
    // Longer than anybody waits at a terminal: it is not tried again.
    const headers = { 'retry-after': '120' }
    const errors = status === 422 ? { errors: [{ pointer: '/version', detail: 'is missing' }] } : {}
    const { code, stderr, stdout } = await publish({
      'POST /plugins/upload': () => problem(status, detail, { request_id: 'r-1', ...errors }, headers),
    })
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
    expect(stderr).toMatch(fix)
    expect(stderr).not.toMatch(/\{| {4}at /)
  })

  it('copes with an answer that is not from the platform', async () => {
    await addPackage('weather', '1.0.0')
    const { code, stderr } = await publish({
      'POST /plugins/upload': () => new Response('<html>Bad gateway</html>', { status: 500 }),
    })
    expect(code).toBe(1)
    expect(stderr).toContain('answered with status 500')
    expect(stderr).not.toContain('<html>')
  })

  it('does not carry the key to another address', async () => {
    await addPackage('weather', '1.0.0')
    const { code, stderr } = await publish({
      'POST /plugins/upload': () =>
        new Response(null, { status: 307, headers: { location: 'http://elsewhere.test/' } }),
    })
    expect(code).toBe(1)
    expect(stderr).toContain('redirects to http://elsewhere.test/')
  })

  it('refuses a package that is not what its checksum says', async () => {
    await addPackage('weather', '1.0.0')
    await writeFile(join(cwd, 'weather-1.0.0.tar.gz'), 'other bytes')
    const { code, stderr } = await publish({})
    expect(code).toBe(1)
    expect(stderr).toContain('weather-1.0.0.tar.gz is not what weather-1.0.0.tar.gz.sha256 says')
    expect(platform?.requests).toEqual([])
  })

  it('refuses a package without a checksum', async () => {
    await writeFile(join(cwd, 'weather-1.0.0.tar.gz'), 'x')
    expect((await publish({})).stderr).toContain('There is no weather-1.0.0.tar.gz.sha256')
  })

  it('asks which one when there are packages of several plugins', async () => {
    await addPackage('weather', '1.0.0')
    await addPackage('storm-2', '1.0.0')
    const { code, stderr } = await publish({})
    expect(code).toBe(1)
    expect(stderr).toMatch(/packages of several plugins: (weather, storm-2|storm-2, weather)/)
  })

  it('says so when there is no package', async () => {
    const { code, stderr } = await publish({})
    expect(code).toBe(1)
    expect(stderr).toMatch(/There is no package in \.\n {2}fix Run ops-center-plugin build first/)
  })

  it('says where it looked when nothing answers, and how to start it', async () => {
    await addPackage('weather', '1.0.0')
    const stopped = await startFakePlatform({})
    await stopped.close()
    const { code, stderr } = await runCli(['publish', '--path', '.'], { cwd, env: stopped.env })
    expect(code).toBe(1)
    expect(stderr).toContain(`Nothing answers at ${stopped.url}`)
    expect(stderr).toContain('ops-center start')
  })

  it('says so when there is no key', async () => {
    await addPackage('weather', '1.0.0')
    const { code, stderr } = await runCli(['publish', '--path', '.'], { cwd })
    expect(code).toBe(1)
    expect(stderr).toContain('set OPS_CENTER_API_KEY')
  })

  it('refuses an address that is none', async () => {
    await addPackage('weather', '1.0.0')
    const args = ['publish', '--path', '.', '--api-url', 'localhost:8000', '--api-key', 'k']
    expect((await runCli(args, { cwd })).stderr).toContain(
      '"localhost:8000" is not the address of an Ops-Center',
    )
  })

  it('says when exactly these bytes were published before', async () => {
    await addPackage('weather', '1.0.0')
    const { code, stdout } = await publish({ 'POST /plugins/upload': () => ({ json: {} }) })
    expect(code).toBe(0)
    expect(stdout).toContain('published already weather 1.0.0')
  })

  describe('--dry-run', () => {
    const VERSION = 'GET /plugins/marketplace/weather/versions/1.0.0'

    it('uploads nothing and says what it would', async () => {
      await addPackage('weather', '1.0.0')
      const { code, stdout } = await publish({}, '--dry-run')
      expect(code).toBe(0)
      expect(stdout).toMatch(/would publish weather 1\.0\.0 \(\d+ B, not signed\)/)
      expect(platform?.requests.map(({ method }) => method)).toEqual(['GET'])
    })

    it('notices a version that is taken', async () => {
      await addPackage('weather', '1.0.0')
      const { code, stderr } = await publish(
        { [VERSION]: () => ({ json: { checksum: 'other' } }) },
        '--dry-run',
      )
      expect(code).toBe(1)
      expect(stderr).toContain('weather 1.0.0 is published already with other content')
    })

    it('notices a key that is not accepted', async () => {
      await addPackage('weather', '1.0.0')
      const { code, stderr } = await publish({ [VERSION]: () => problem(401, 'Unknown key') }, '--dry-run')
      expect(code).toBe(1)
      expect(stderr).toContain('does not accept the key')
    })
  })
})
