import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakePlatform, type FakeRoutes, problem, startFakePlatform } from '../fake-platform.js'
import { runCli } from '../run-cli.js'

let cwd: string
const platforms: FakePlatform[] = []
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'login-'))
})
afterEach(async () => {
  await Promise.all(platforms.splice(0).map((platform) => platform.close()))
  await rm(cwd, { recursive: true })
})

async function platformWith(routes: FakeRoutes) {
  const platform = await startFakePlatform(routes)
  platforms.push(platform)
  return platform
}
const open: FakeRoutes = {
  'GET /plugins/installed': () => ({ json: { plugins: [] } }),
  'GET /health': () => ({ json: { status: 'healthy', version: '0.1.0' } }),
}
const run = (...args: string[]) => runCli(args, { cwd })
const kept = () => join(cwd, '.no-config/credentials.json')

describe('login', () => {
  it('keeps address and key for the owner alone, so that other commands need neither', async () => {
    const platform = await platformWith(open)
    const { code, stdout } = await run(
      'login',
      '--api-url',
      `${platform.url}/api/v1/`,
      '--api-key',
      'ock_kept',
    )
    expect(code).toBe(0)
    expect(stdout).not.toContain('ock_kept')
    expect((await stat(kept())).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(kept(), 'utf8'))).toEqual({ url: platform.url, key: 'ock_kept' })
    expect((await run('list')).code).toBe(0)
    expect(platform.requests.at(-1)?.headers.get('authorization')).toBe('Bearer ock_kept')
  })

  it('sends the kept key nowhere else', async () => {
    const platform = await platformWith(open)
    const other = await platformWith(open)
    await run('login', '--api-url', platform.url, '--api-key', 'ock_kept')
    const { code, stderr } = await run('list', '--api-url', other.url)
    expect(code).toBe(1)
    expect(stderr).toContain('There is no key')
    expect(other.requests).toEqual([])
  })

  it('keeps no key that the platform refuses', async () => {
    const platform = await platformWith({ 'GET /plugins/installed': () => problem(401, 'Unknown key') })
    const { code, stderr } = await run('login', '--api-url', platform.url, '--api-key', 'wrong')
    expect(code).toBe(1)
    expect(stderr).toContain('does not accept the key')
    await expect(stat(kept())).rejects.toThrow()
  })

  it('is undone by logout', async () => {
    const platform = await platformWith(open)
    await run('login', '--api-url', platform.url, '--api-key', 'k')
    expect((await run('logout')).stdout).toContain('logged out')
    await expect(stat(kept())).rejects.toThrow()
    expect((await run('logout')).stdout).toContain('You were not logged in')
  })
})

describe('doctor', () => {
  const doctor = (url: string, ...args: string[]) =>
    run('doctor', '--api-url', url, '--api-key', 'k', ...args)

  it('finds nothing wrong where nothing is', async () => {
    const { url } = await platformWith(open)
    const { code, stdout } = await doctor(url)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ok {6} Node {8}\d+\./)
    expect(stdout).toMatch(/ok {6} Ops-Center {2}0\.1\.0/)
    expect(stdout).toMatch(/ok {6} clock {7}agrees/)
    expect(stdout).toMatch(/ok {6} key {9}accepted/)
  })

  it.each<[what: string, routes: FakeRoutes, message: RegExp]>([
    [
      'an old key',
      { ...open, 'GET /plugins/installed': () => problem(401, 'Unknown') },
      /does not accept the key/,
    ],
    ['something that is no Ops-Center', {}, /not as an Ops-Center does/],
  ])('says what to do about %s', async (_, routes, message) => {
    const { url } = await platformWith(routes)
    const { code, stdout } = await doctor(url)
    expect(code).toBe(1)
    expect(stdout).toMatch(message)
    expect(stdout).toMatch(/\n {9}fix \S/)
  })

  it('says how to start one when nothing answers, as JSON too', async () => {
    const platform = await startFakePlatform({})
    await platform.close()
    const { code, stdout } = await doctor(platform.url, '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      healthy: false,
      checks: [{ check: 'Node' }, { check: 'network', fix: expect.stringContaining('ops-center start') }],
    })
  })

  it('finds a kept key that others can read', async () => {
    const { url } = await platformWith(open)
    await run('login', '--api-url', url, '--api-key', 'k')
    await chmod(kept(), 0o644)
    const { code, stdout } = await doctor(url)
    expect(code).toBe(1)
    expect(stdout).toContain(`fix Run chmod 600 ${kept()}`)
  })
})
