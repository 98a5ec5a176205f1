import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Database, openDatabase } from '../../../src/database/client.js'
import { taskQueue } from '../../../src/host/installations/installation.js'
import { PluginLogs } from '../../../src/host/observation/plugin-logs.js'
import { PluginMetrics } from '../../../src/host/observation/plugin-metrics.js'
import { PluginTasks } from '../../../src/host/tasks/plugin-tasks.js'
import { TaskAborts } from '../../../src/host/tasks/task-aborts.js'
import { lockTask } from '../../../src/host/tasks/task-runs.js'
import { queueDue } from '../../../src/host/tasks/task-schedule.js'
import { createServerMetrics } from '../../../src/http/server-metrics.js'
import { Jobs } from '../../../src/jobs/jobs.js'
import { type PostgresServer, postgresBinaries, startPostgres } from '../../database/postgres-server.js'

const key = { installation_id: 'one', task_id: 'debounce' }

// Reason to skip: the binaries of PostgreSQL are not on this machine, and PGlite runs one transaction at a time.
describe.runIf(await postgresBinaries())('a task on two nodes', () => {
  let postgres: PostgresServer
  let database: Database
  let jobs: Jobs
  let tasks: PluginTasks

  beforeAll(async () => {
    postgres = await startPostgres((await postgresBinaries()) ?? '')
    database = await openDatabase({ dataDir: '', databaseUrl: postgres.url })
    await database.executeSql(`
      insert into organizations (id, name) values ('default', 'Default') on conflict do nothing;
      insert into installations (id, organization_id, plugin_id, version, state, permissions, config, registrations)
      values ('one', 'default', 'one', '1.0.0', 'enabled', '[]', '', '{}')
    `)
    jobs = await Jobs.start({ database, onError: () => undefined })
    await jobs.createQueue(taskQueue('one'))
    const metrics = new PluginMetrics(createServerMetrics(database))
    const logs = new PluginLogs(database, pino({ level: 'silent' }), metrics)
    tasks = new PluginTasks({ database, jobs, logs, runnerOf: () => undefined, aborts: new TaskAborts() })
  })
  afterAll(async () => {
    await jobs.stop()
    await database.close()
    await postgres.stop()
  })

  it('that is scheduled anew while it is due keeps its new time', async () => {
    const put = (run_at: string) => tasks.put('one', 'debounce', { name: 'debounce', run_at })
    await put('2030-01-01T00:00:00Z')
    let isPut = false
    let putting: Promise<void> | undefined
    await database.kysely.transaction().execute(async (trx) => {
      await lockTask(trx, key)
      putting = put('2032-01-01T00:00:00Z').then(() => {
        isPut = true
      })
      await vi.waitFor(async () => {
        const { rows } = await database.executeSql(`select from pg_locks where not granted`)
        expect(isPut || rows.length > 0).toBe(true)
      })
      await queueDue(trx, jobs, key, new Date('2031-01-01T00:00:00Z'))
    })
    await putting
    expect((await tasks.list('one')).map(({ next_run }) => next_run?.getFullYear())).toEqual([2032])
  })
})
