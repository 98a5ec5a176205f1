import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createTaskRegistry } from '../../src/scheduler/task-registry.js'
import { MockScheduler } from '../../src/testing/mock-scheduler.js'

describe('mock scheduler', () => {
  it('triggers a task and settles as its handler does', async () => {
    const scheduler = new MockScheduler()
    await scheduler.schedule('0 0 1 1 *', 'train', async (args) => ({ trained: args }), { args: 3 })
    expect(await scheduler.trigger('train')).toEqual({ trained: 3 })
    await scheduler.runIn('1h', () => Promise.reject(new Error('no')), { taskId: 'once' })
    await expect(scheduler.trigger('once')).rejects.toThrow('no')
    expect((await scheduler.getTasks()).map(({ task_id, runs }) => [task_id, runs])).toEqual([['train', 1]])
    await expect(scheduler.trigger('once')).rejects.toMatchObject({ code: 'task_unknown' })
  })

  it('advances a month of hourly runs that read a file, and skips none', async () => {
    const scheduler = new MockScheduler()
    await scheduler.schedule('0 * * * *', 'read', () => readFile(new URL(import.meta.url)))
    await scheduler.advance('30d')
    expect((await scheduler.getTasks())[0]?.runs).toBe(720)
  })

  it('goes on without a run that hangs', async () => {
    const scheduler = new MockScheduler()
    let runs = 0
    await scheduler.schedule('0 * * * *', 'hangs', () => new Promise(() => undefined))
    await scheduler.schedule('0 * * * *', 'well', () => {
      runs++
    })
    await scheduler.advance('30d')
    expect(runs).toBe(720)
  })

  it('collects the failures of runs that time started', async () => {
    const scheduler = new MockScheduler()
    const error = new Error('no')
    await scheduler.schedule('* * * * *', 'fails', () => Promise.reject(error))
    await scheduler.advance('2m')
    expect(scheduler.errors).toEqual([
      { taskId: 'fails', error },
      { taskId: 'fails', error },
    ])
    await scheduler.stop()
    await scheduler.reset()
    expect(scheduler.errors).toEqual([])
    expect(await scheduler.runIn('1m', () => undefined, { taskId: 'again' })).toBe('again')
  })

  it('runs the tasks of the plugin it is connected to', async () => {
    const scheduler = new MockScheduler()
    const tasks = createTaskRegistry()
    tasks.register('train_model', () => 'trained')
    await expect(scheduler.runIn('1m', 'train_model')).rejects.toMatchObject({ code: 'task_unknown' })
    scheduler.connect(tasks)
    await scheduler.runIn('1m', 'train_model', { taskId: 'now' })
    expect(await scheduler.trigger('now')).toBe('trained')
  })
})
