import { describe, expect, it } from 'vitest'
import { createPlatformScheduler } from '../../src/scheduler/platform-scheduler.js'
import { createTaskRegistry } from '../../src/scheduler/task-registry.js'

function setUp(answer: (method: string) => unknown = () => ({})) {
  const asked: unknown[][] = []
  const tasks = createTaskRegistry()
  const request = async (...call: [method: string, path: string, options?: object]) => {
    asked.push(call)
    return answer(call[0])
  }
  const scheduler = createPlatformScheduler({ request, pluginId: 'p', tasks, clock: { now: () => 0 } })
  return { asked, tasks, scheduler }
}

describe('platform scheduler', () => {
  it('sends tasks as data, and registers their handlers for the platform to call', async () => {
    const { asked, tasks, scheduler } = setUp()
    await scheduler.schedule('0 * * * *', 'train', () => 'trained', {
      timezone: 'Europe/Berlin',
      misfire: 'skip',
    })
    await scheduler.runIn('1m', 'train', { taskId: 'org:1', args: [1] })
    expect(asked).toEqual([
      [
        'PUT',
        '/plugins/p/schedule/train',
        {
          json: {
            name: 'train',
            args: null,
            cron: '0 * * * *',
            timezone: 'Europe/Berlin',
            misfire: 'skip',
            overlap: 'skip',
          },
        },
      ],
      [
        'PUT',
        '/plugins/p/schedule/org%3A1',
        { json: { name: 'train', args: [1], run_at: '1970-01-01T00:01:00.000Z' } },
      ],
    ])
    const context = { signal: new AbortController().signal, taskId: 'train', scheduledFor: new Date(0) }
    expect(await tasks.run('train', null, context)).toBe('trained')
  })

  it('refuses a bad expression before it asks the platform', async () => {
    const { asked, scheduler } = setUp()
    await expect(scheduler.schedule('not a cron', 'x', () => undefined)).rejects.toThrow('"not a cron"')
    expect(asked).toEqual([])
  })

  it('takes only a 404 for a task that is not there', async () => {
    const failing = (status: number) =>
      setUp(() => {
        throw Object.assign(new Error(`answered ${status}`), { status })
      }).scheduler
    expect(await failing(404).cancel('x')).toBe(false)
    await expect(failing(403).cancel('x')).rejects.toThrow('answered 403')
  })

  it('leaves tasks alone when this process stops: they belong to the platform', async () => {
    const { asked, scheduler } = setUp()
    await scheduler.pause()
    await scheduler.stop()
    await scheduler.resume()
    expect(asked).toEqual([])
  })

  it('says so when the platform answers something else than agreed', async () => {
    const { scheduler } = setUp(() => ({ tasks: [{ id: 1 }] }))
    await expect(scheduler.getTasks()).rejects.toMatchObject({ code: 'platform_answer_invalid' })
  })
})
