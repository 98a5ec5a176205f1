import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { detectSandbox } from '../../src/host/running/sandbox.js'
import { pidOf, startTestPlatform, type TestPlatform } from './test-platform.js'

/** A plugin that does whatever it is sent, and tells what came of it. */
const stranger = (id: string) => ({
  id,
  permissions: ['devices:read'],
  code: `
    import * as fs from 'node:fs'
    import * as childProcess from 'node:child_process'
    import * as workers from 'node:worker_threads'
    import * as net from 'node:net'
    import * as http from 'node:http'
    import { createRequire as makeRequire } from 'node:module'
    plugin.route('/try', { methods: ['POST'] }, async ({ body }) => {
      const require = makeRequire(import.meta.url)
      const AsyncFunction = (async () => {}).constructor
      try {
        const value = await new AsyncFunction('plugin', 'fs', 'childProcess', 'workers', 'net', 'http', 'require', body.code)(
          plugin, fs, childProcess, workers, net, http, require)
        return { done: String(value).slice(0, 200) }
      } catch (error) {
        return { refused: error.code ?? error.name, message: error.message, status: error.status }
      }
    })`,
})

const sandbox = await detectSandbox()

interface Outcome {
  done?: string
  refused?: string
  status?: number
}

describe('a plugin that tries to get out', () => {
  let platform: TestPlatform
  let secretDir: string
  const attempt = (code: string) => platform.route<Outcome>('POST', '/plugins/stranger/try', { code })

  beforeAll(async () => {
    secretDir = await mkdtemp(join(tmpdir(), 'ops-secret-'))
    await writeFile(join(secretDir, 'secret.txt'), 'secret')
    platform = await startTestPlatform()
    await platform.run(stranger('neighbour'))
    await platform.run(stranger('stranger'))
    await platform.api('POST', '/devices', { id: 'pump', name: 'Pump', type: 'pump' })
  })
  afterAll(async () => {
    await platform.close()
    await rm(secretDir, { recursive: true, force: true })
  })

  it('does its own work: it reads its own package and the API it was granted', async () => {
    expect(await attempt(`return fs.readFileSync('plugin.yaml', 'utf8').length > 0`)).toEqual({
      done: 'true',
    })
    expect(await attempt(`return (await plugin.api.devices.get('pump')).name`)).toEqual({ done: 'Pump' })
    expect(await attempt(`await plugin.storage.set('a', 1); return plugin.storage.get('a')`)).toEqual({
      done: '1',
    })
  })

  const denied = 'ERR_ACCESS_DENIED'
  it.each([
    ['read /etc/passwd', () => `return fs.readFileSync('/etc/passwd', 'utf8')`, denied],
    [
      'read a file of the host',
      () => `return fs.readFileSync(${JSON.stringify(join(secretDir, 'secret.txt'))}, 'utf8')`,
      denied,
    ],
    ['list the data folder', () => `return fs.readdirSync(${JSON.stringify(platform.dataDir)})`, denied],
    ['list the folder of all plugins', () => `return fs.readdirSync('../..')`, denied],
    ['leave its folder by dots', () => `return fs.readFileSync('./../../../admin-key', 'utf8')`, denied],
    [
      'open a file by its descriptor path',
      () => `return fs.readFileSync('/proc/self/environ', 'utf8')`,
      denied,
    ],
    [
      'see the host through /proc',
      () => `return fs.readFileSync('/proc/' + process.ppid + '/environ', 'utf8')`,
      denied,
    ],
    ['write into its own package', () => `fs.writeFileSync('main.js', '')`, denied],
    ['write elsewhere', () => `fs.writeFileSync('/tmp/escaped', 'x')`, denied],
    ['make a link out', () => `fs.symlinkSync('/etc/passwd', 'passwd')`, denied],
    ['remove files', () => `fs.rmSync('plugin.yaml')`, denied],
    ['start a process', () => `return childProcess.execFileSync('/bin/sh', ['-c', 'id']).toString()`, denied],
    ['fork Node.js', () => `return childProcess.fork('main.js')`, denied],
    ['start a worker', () => `return new workers.Worker('./main.js')`, denied],
    [
      'load a native addon',
      () => `return process.dlopen({ exports: {} }, '/tmp/addon.node')`,
      'ERR_DLOPEN_DISABLED',
    ],
    ['use a binding of Node.js', () => `return Object.keys(process.binding('fs'))`, denied],
    ['debug the host', () => `process._debugProcess(process.ppid)`, denied],
    ['end the host', () => `process.kill(process.ppid, 'SIGKILL')`, denied],
    ['end its neighbours by another way', () => `process._kill(-1, 9)`, denied],
  ])('is refused to %s', async (_title, code, error) => {
    const outcome = await attempt(code())
    expect(outcome).toMatchObject({ refused: error })
  })

  it.each([
    [
      'use a permission it did not ask for',
      `await plugin.api.alerts.create({ severity: 'info', title: 'x' })`,
      403,
    ],
    ['write what it may only read', `await plugin.api.devices.delete('pump')`, 403],
    [
      'make itself a key',
      `await plugin.api.post('/api-keys', { json: { name: 'mine', scopes: ['*'] } })`,
      403,
    ],
    [
      'install a plugin',
      `await plugin.api.post('/plugins/install', { json: { plugin_id: 'neighbour' } })`,
      403,
    ],
    ['disable a plugin', `await plugin.api.post('/plugins/neighbour/disable')`, 403],
    ['read the storage of another plugin', `await plugin.api.get('/plugins/neighbour/storage')`, 403],
    ['read the logs of another plugin', `await plugin.api.get('/plugins/neighbour/logs')`, 403],
    [
      'change its own configuration',
      `await plugin.api.put('/plugins/stranger/config', { json: { config: {} } })`,
      403,
    ],
    [
      'speak for the platform',
      `await plugin.api.post('/plugins/stranger/events', { json: { event: 'device.deleted', payload: {} } })`,
      403,
    ],
    [
      'speak for another plugin',
      `await plugin.api.post('/plugins/neighbour/events', { json: { event: 'a.b', payload: {} } })`,
      403,
    ],
    ['inject events', `await plugin.api.post('/events', { json: { event: 'a.b', payload: {} } })`, 403],
  ])('is refused by the API to %s', async (_title, code, status) => {
    expect(await attempt(code)).toMatchObject({ status })
  })

  it('finds none of the host in its environment', async () => {
    process.env.HOST_ONLY_SECRET = 'host-only'
    const { done } = await attempt(`return Object.keys(process.env).sort().join()`)
    delete process.env.HOST_ONLY_SECRET
    expect(done?.split(',')).toEqual([
      'NODE_ENV',
      'OPS_CENTER_LOG_FORMAT',
      'OPS_CENTER_LOG_LEVEL',
      'OPS_PLUGIN_HOST',
      'TZ',
    ])
  })

  it('cannot call its neighbour as the host does, even if it knew the socket', async () => {
    // Found from outside: the plugin itself may not list the folder.
    const environment = await readFile(`/proc/${await pidOf(platform, 'stranger')}/environ`, 'utf8')
    const own = /\0OPS_PLUGIN_SOCKET=([^\0]+)/.exec(environment)?.[1] ?? 'none'
    const all = execFileSync('cat', ['/proc/net/unix'], { encoding: 'utf8' }).match(
      /\S+ops-center-\S+\.sock/g,
    )
    const sockets = (all ?? []).filter((path) => dirname(path) === dirname(own))
    expect(sockets.length).toBeGreaterThan(1)
    const statuses = await Promise.all(
      [...new Set(sockets)].map((socketPath) =>
        attempt(`return new Promise((resolve) => {
          const request = http.request({ socketPath: ${JSON.stringify(socketPath)}, method: 'POST', path: '/_ops/lifecycle/disable',
            headers: { authorization: 'Bearer guess' } }, (response) => resolve(response.statusCode))
          request.on('error', (error) => resolve(error.code)); request.end('{}') })`),
      ),
    )
    // 404: the socket of the API, which has no such endpoint.
    for (const { done } of statuses)
      expect(['401', '404', 'ECONNREFUSED', 'ENOENT', 'EACCES', 'EPERM']).toContain(done)
    const { plugins } = await platform.api<{ plugins: { state: string }[] }>('GET', '/plugins/installed')
    expect(plugins.map(({ state }) => state)).toEqual(['enabled', 'enabled'])
  })

  it.runIf(sandbox)(
    'sees no process but its own, and no network, where the system offers a sandbox',
    async () => {
      // Reason to skip: namespaces are missing, or forbidden to this user.
      expect(await attempt('return process.pid')).toEqual({ done: '1' })
      const { port } = platform.server
      expect(
        await attempt(`return new Promise((resolve) => {
        const socket = net.connect(${port}, '127.0.0.1', () => resolve('connected'))
        socket.on('error', (error) => resolve(error.code)) })`),
      ).toEqual({ done: 'ENETUNREACH' })
    },
  )

  it('has a token that dies with its process', async () => {
    const { done: key = '' } = await attempt(`return JSON.parse(process.env.OPS_PLUGIN_HOST).api_key`)
    const asStranger = () =>
      fetch(`${platform.server.url}/api/v1/devices`, { headers: { authorization: `Bearer ${key}` } })
    expect((await asStranger()).status).toBe(200)
    await platform.api('POST', '/plugins/stranger/disable')
    expect((await asStranger()).status).toBe(401)
  })
})
