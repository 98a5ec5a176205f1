import { describe, expect, it } from 'vitest'
import { problem } from '../fake-platform.js'
import { call, requests } from './verb-platform.js'

const bodies = () => requests().map(({ body }): unknown => JSON.parse(body.toString() || 'null'))
const time = expect.stringMatching(/^\d{4}-.*Z$/)

describe('deliveries', () => {
  it('shows what became of events, with the failures', async () => {
    const delivery = {
      event: 'device.created',
      status: 'dead',
      attempt: 5,
      created_at: '2026-01-27T10:30:45.000Z',
      failures: [{ handler: 'greet', error: 'no paper' }],
    }
    const result = await call(
      { 'GET /plugins/weather/deliveries': () => ({ json: { deliveries: [delivery] } }) },
      'deliveries',
      'weather',
      '--status',
      'dead',
    )
    expect(requests()[0]?.query).toEqual({ status: 'dead', page_size: '20' })
    expect(result.stdout.split('\n')[1]).toBe(
      '2026-01-27 10:30:45  dead    device.created  5        greet: no paper',
    )
  })

  it('refuses a status that is none', async () => {
    const result = await call({}, 'deliveries', 'weather', '--status', 'lost')
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('--status is "lost": expected delivered, retrying, dead, ignored')
  })
})

describe('replay', () => {
  it('repeats the dead letters of the plugin until none remains', async () => {
    const remaining = [500, 0]
    const result = await call(
      { 'POST /events/dead-letters/replay': () => ({ json: { count: 1000, remaining: remaining.shift() } }) },
      'replay',
      'weather',
    )
    expect(result.stdout).toBe('queued 2000 deliveries for weather\n')
    expect(bodies()).toEqual(Array.from({ length: 2 }, () => ({ plugin_id: 'weather', until: time })))
  })

  it('says so when there is nothing to repeat, whatever else is left', async () => {
    const routes = { 'POST /events/dead-letters/replay': () => ({ json: { count: 0, remaining: 3 } }) }
    expect((await call(routes, 'replay', 'weather')).stdout).toBe('weather has no dead letters\n')
    expect(requests()).toHaveLength(1)
  })

  it('repeats a time range, page by page', async () => {
    const cursors = ['next', null]
    const result = await call(
      { 'POST /plugins/weather/replay': () => ({ json: { count: 3, next_cursor: cursors.shift() } }) },
      'replay',
      'weather',
      '--since',
      '2026-01-27',
      '--events',
      'device.created, alert.*',
    )
    expect(result.stdout).toBe('queued 6 deliveries for weather\n')
    const range = { since: '2026-01-27T00:00:00.000Z', until: time, events: ['device.created', 'alert.*'] }
    expect(bodies()).toEqual([range, { ...range, cursor: 'next' }])
  })

  it('says what is wrong with a time', async () => {
    const wrong = await call({}, 'replay', 'weather', '--since', 'soon')
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('--since is "soon"')])
    const missing = await call({}, 'replay', 'weather', '--until', '2026-01-27')
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('--since')])
  })
})

describe('tasks', () => {
  it('lists what is scheduled, and the runs of one task', async () => {
    const task = { task_id: 'tidy', cron: '0 3 * * *', next_run: 'soon', runs: 7, failures: 0 }
    const run = { outcome: 'failed', trigger: 'operator', started_at: 'then', duration_ms: 12, error: 'no' }
    const routes = {
      'GET /plugins/weather/tasks': () => ({ json: { tasks: [task] } }),
      'GET /plugins/weather/tasks/tidy/runs': () => ({ json: { runs: [run] } }),
    }
    expect((await call(routes, 'tasks', 'weather')).stdout.split('\n')[1]).toBe(
      'tidy  0 3 * * *  soon      7     0',
    )
    expect((await call(routes, 'tasks', 'weather', 'tidy')).stdout.split('\n')[1]).toBe(
      'then  failed   operator  12  no',
    )
  })
})

describe('run', () => {
  it('runs a task with arguments, and says where to look', async () => {
    const result = await call(
      {
        'POST /plugins/weather/tasks/train/run': () => ({
          status: 202,
          json: { status: 'queued', id: 'r1' },
        }),
      },
      'run',
      'weather',
      'train',
      '--args',
      '{"full":true}',
    )
    expect(result.stdout).toBe('queued train of weather\n  next     ops-center-plugin tasks weather train\n')
    expect(bodies()).toEqual([{ args: { full: true } }])
  })

  it('says where to find the tasks when there is none of that name', async () => {
    const missing = () => problem(404, 'Plugin "weather" has no task "nope", scheduled or in its code')
    const result = await call({ 'POST /plugins/weather/tasks/nope/run': missing }, 'run', 'weather', 'nope')
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('fix Check the name of the task; ops-center-plugin tasks weather lists')
  })

  it('refuses arguments that are not JSON', async () => {
    const result = await call({}, 'run', 'weather', 'train', '--args', '{full}')
    expect([result.code, result.stderr]).toEqual([1, expect.stringContaining('--args is "{full}"')])
  })
})
