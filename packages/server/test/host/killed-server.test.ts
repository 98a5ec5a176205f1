import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type PostgresServer, postgresBinaries, startPostgres } from '../database/postgres-server.js'
import { fillDataFolder } from '../database/test-database.js'
import { ChangesUnderLoad } from './changes-under-load.js'
import { type ServerProcess, startServerProcess } from './server-process.js'
import { type PlatformClient, pidOf, useServer } from './test-platform.js'
import { witness } from './witness-plugin.js'

/** `npm run test:kills` asks for more. */
const ROUNDS = Number(process.env.OPS_CENTER_TEST_KILLS ?? 3)
const binaries = await postgresBinaries()

// PostgreSQL is left out where its binaries are not on this machine.
describe.each(binaries ? ['PGlite', 'PostgreSQL'] : ['PGlite'])(
  'a server that is killed and started again, on %s',
  (engine) => {
    const patience = { timeout: 60_000, interval: 200 }
    const changes = new ChangesUnderLoad()
    let dataDir: string
    let postgres: PostgresServer | undefined
    let server: ServerProcess
    let platform: PlatformClient

    const start = async () => {
      server = await startServerProcess(dataDir, postgres?.url)
      platform = useServer(server.url)
    }

    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'ops-killed-'))
      if (engine === 'PostgreSQL') postgres = await startPostgres(binaries ?? '')
      else await fillDataFolder(dataDir)
      await start()
      await platform.run(witness)
      await changes.prepare(platform)
    })
    afterAll(async () => {
      await server.stop()
      await postgres?.stop()
      await rm(dataDir, { recursive: true, force: true })
    })

    it(`has everything it answered with 2xx after ${ROUNDS} kills, and delivers every event of it`, {
      timeout: 120_000 + ROUNDS * 60_000,
    }, async () => {
      const { accepted } = changes
      for (let round = 0; round < ROUNDS; round += 1) {
        // Another moment each time: amid the first deliveries after a start, or with many of them waiting.
        const enough = accepted.length + 20 + ((round * 37) % 150)
        const sending = changes.send(platform)
        await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(enough), { ...patience, interval: 5 })
        await server.kill()
        await sending
        await start()
      }
      const stored = await changes.stored(platform)
      const updates = accepted.filter((change) => change.startsWith('device.updated '))
      const others = accepted.filter((change) => !change.startsWith('device.updated '))
      expect(others.filter((change) => !stored.changes.has(change))).toEqual([])
      expect(stored.valve).toBeGreaterThanOrEqual(Number(updates.at(-1)?.split(' ')[1]))

      const expected = [...stored.changes, ...updates]
      // To ask for all of them is work for the server too, the more of it the more there are.
      const longer = { timeout: 60_000 + expected.length * 100, interval: 200 + expected.length }
      const heard = await vi.waitFor(async () => {
        const counts = await platform.route<Record<string, number>>('GET', '/plugins/witness/heard')
        expect(expected.filter((change) => !(change in counts))).toEqual([])
        return counts
      }, longer)
      const deliveries = Object.values(heard).reduce((sum, count) => sum + count, 0)
      const events = Object.keys(heard).length
      process.stdout.write(
        `${engine}: ${ROUNDS} kills, ${accepted.length} changes answered, ${events} events, ${deliveries - events} duplicates\n`,
      )
    })

    it('stops in order when it is asked to, and leaves no process behind', async () => {
      const pid = await vi.waitFor(() => pidOf(platform, 'witness'), patience)
      expect(await server.stop()).toBe(0)
      expect(() => process.kill(pid, 0)).toThrow('ESRCH')
      await start()
    })

    it('takes its plugins down with it when it is killed', async () => {
      const pid = await vi.waitFor(() => pidOf(platform, 'witness'), patience)
      await server.kill()
      await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), patience)
      await start()
    })
  },
)
