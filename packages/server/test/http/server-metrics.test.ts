import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, startTestPlatform, type TestPlatform } from '../host/test-platform.js'

let platform: TestPlatform

beforeAll(async () => {
  platform = await startTestPlatform()
})
afterAll(() => platform.close())

const metrics = async (key?: string) => {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` }
  const answer = await fetch(`${platform.server.url}/metrics`, { headers })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    expect.stringMatching(/^text\/plain/),
  ])
  return answer.text()
}

describe('/metrics', () => {
  it('counts requests by the pattern of their route, never by what a stranger writes', async () => {
    await platform.api('GET', '/devices/none', undefined, 404)
    await fetch(`${platform.server.url}/made-up-${Date.now()}`)
    const text = await metrics()
    expect(text).toMatch(
      /ops_center_http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/devices\/:id",status="404"\} 1/,
    )
    expect(text).toContain('route="unknown",status="404"')
    expect(text).not.toContain('made-up')
  })

  it('has what waits in queues, and the process itself', async () => {
    const text = await metrics(ADMIN_KEY)
    for (const name of [
      'ops_center_jobs_waiting',
      'ops_center_dead_letters',
      'process_resident_memory_bytes',
    ]) {
      expect(text).toContain(`# TYPE ${name} gauge`)
    }
  })

  it('tells of plugins and organizations only who runs the server', async () => {
    const { key } = await platform.api<{ key: string }>('POST', '/api-keys', {
      name: 'prometheus',
      scopes: ['plugins:read'],
    })
    const { key: other } = await platform.api<{ key: string }>('POST', '/api-keys', {
      name: 'other',
      scopes: ['devices:read'],
    })
    expect(await metrics(key)).toContain('ops_center_dead_letters')
    const open = await metrics()
    expect(open).toContain('process_resident_memory_bytes')
    expect(open).not.toMatch(/ops_center_(dead_letters|plugin_)/)
    const refused = async (authorization: string) =>
      (await fetch(`${platform.server.url}/metrics`, { headers: { authorization } })).status
    expect([await refused(`Bearer ${other}`), await refused('Bearer nonsense')]).toEqual([403, 401])
  })
})
