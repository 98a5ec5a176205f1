import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fillDataFolder } from '../database/test-database.js'
import { recorder } from './recorder-plugin.js'
import { type ServerProcess, startServerProcess } from './server-process.js'
import { type PlatformClient, pidOf, useServer } from './test-platform.js'

describe('a server that is killed and started again', () => {
  const patience = { timeout: 30_000, interval: 100 }
  let dataDir: string
  let server: ServerProcess
  let platform: PlatformClient
  const accepted: number[] = []

  const start = async () => {
    server = await startServerProcess(dataDir)
    platform = useServer(server.url)
  }
  const sendUntilRefused = async (): Promise<void> => {
    for (;;) {
      const value = accepted.length
      try {
        await platform.api('POST', '/devices/pump/metrics', { value }, 201)
        accepted.push(value)
      } catch {
        return
      }
    }
  }

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'ops-killed-'))
    await fillDataFolder(dataDir)
    await start()
    await platform.run(recorder)
    await platform.api('POST', '/devices', { id: 'pump', name: 'Pump', type: 'pump' })
  })
  afterAll(async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  it('has everything it answered with 201, and delivers every event of it', {
    timeout: 120_000,
  }, async () => {
    for (let round = 0; round < 3; round += 1) {
      const before = accepted.length
      const sending = sendUntilRefused()
      await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(before + 20), patience)
      await server.kill()
      await sending
      await start()
    }
    const { metrics, pagination } = await platform.api<{
      metrics: { metrics: { value: number } }[]
      pagination: { total_count: number }
    }>('GET', '/devices/pump/metrics?page_size=1000')
    const stored = new Set(metrics.map((reading) => reading.metrics.value))
    expect(accepted.filter((value) => !stored.has(value))).toEqual([])
    await vi.waitFor(async () => {
      const counted = await platform.route<{ distinct: number }>('GET', '/plugins/recorder/events')
      expect(counted.distinct).toBe(pagination.total_count)
    }, patience)
  })

  it('stops in order when it is asked to, and leaves no process behind', async () => {
    const pid = await pidOf(platform, 'recorder')
    expect(await server.stop()).toBe(0)
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    await start()
  })

  it('takes its plugins down with it when it is killed', async () => {
    const pid = await vi.waitFor(() => pidOf(platform, 'recorder'), patience)
    await server.kill()
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), patience)
    await start()
  })
})
