import { describe, expect, it } from 'vitest'
import { problem } from '../fake-platform.js'
import { call, requests } from './verb-platform.js'

describe('logs', () => {
  const entry = (message: string, level = 'info') => ({ time: '2024-01-27T10:30:45.123Z', level, message })

  it('prints what was written, oldest first', async () => {
    const answer = { json: { logs: [entry('one'), entry('two\nlines', 'error')] } }
    const { stdout } = await call(
      { 'GET /plugins/weather/logs': () => answer },
      'logs',
      'weather',
      '-n',
      '5',
      '--level',
      'info',
    )
    expect(stdout).toBe('2024-01-27 10:30:45 INFO     one\n2024-01-27 10:30:45 ERROR    two\n    lines\n')
    expect(requests()[0]?.query).toEqual({ lines: '5', level: 'info' })
  })

  it('says so when there is nothing, without disturbing scripts', async () => {
    const empty = { 'GET /plugins/weather/logs': () => ({ json: { logs: [] } }) }
    expect(await call(empty, 'logs', 'weather')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'The log of weather has nothing\n',
    })
  })

  it('prints what an entry says besides its message, and the stack of an error', async () => {
    const stack = 'Error: no paper\n    at print (main.ts:3:1)\n    at run (node:internal/process:1:1)'
    const fields = { plugin_id: 'weather', trace_id: 't', device_id: 'web-1', value: 95, err: { stack } }
    const answer = { json: { logs: [{ ...entry('Failed', 'error'), fields }] } }
    const { stdout } = await call({ 'GET /plugins/weather/logs': () => answer }, 'logs', 'weather')
    expect(stdout).toBe(
      '2024-01-27 10:30:45 ERROR    Failed device_id=web-1 value=95\n    Error: no paper\n        at print (main.ts:3:1)\n',
    )
  })

  it.each([
    ['text/event-stream', (line: string) => `id: 1\ndata: ${line}\n\n`],
    ['application/x-ndjson', (line: string) => `${line}\n`],
  ])('follows a stream of %s', async (type, frame) => {
    const body = [entry('one'), entry('two')].map((line) => frame(JSON.stringify(line))).join(': ping\n\n')
    const { stdout } = await call(
      { 'GET /plugins/weather/logs': () => new Response(body, { headers: { 'content-type': type } }) },
      'logs',
      'weather',
      '-f',
      '--json',
    )
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).message),
    ).toEqual(['one', 'two'])
    expect(requests()[0]?.query.follow).toBe('true')
  })

  it('opens a broken stream again and shows nothing twice', async () => {
    const line = (id: string) => `${JSON.stringify({ id, ...entry(`line ${id}`) })}\n`
    // Closed before all that was announced has come.
    const broken = new Response(line('1') + line('2'), {
      headers: { 'content-length': '100000', connection: 'close' },
    })
    const answers = [broken, new Response(line('1') + line('2') + line('3'))]
    const { code, stdout } = await call(
      { 'GET /plugins/weather/logs': () => answers.shift() ?? problem(500, 'asked too often') },
      'logs',
      'weather',
      '-f',
      '-n',
      '2',
    )
    expect(code).toBe(0)
    expect(stdout.match(/line \d/g)).toEqual(['line 1', 'line 2', 'line 3'])
    expect(requests().map(({ query }) => query.lines)).toEqual(['2', '1000'])
  })

  it('refuses a level that does not exist', async () => {
    const { code, stderr } = await call({}, 'logs', 'weather', '--level', 'loud')
    expect(code).toBe(1)
    expect(stderr).toContain('--level is "loud": expected debug, info, warning, error, critical')
  })
})
