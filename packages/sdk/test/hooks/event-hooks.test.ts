import { beforeEach, describe, expect, it } from 'vitest'
import { EventHooks, type HookFailure } from '../../src/hooks/event-hooks.js'
import { event } from './test-event.js'

describe('EventHooks', () => {
  let failures: HookFailure[]
  let hooks: EventHooks

  beforeEach(() => {
    failures = []
    hooks = new EventHooks((failure) => failures.push(failure))
  })

  describe('order', () => {
    it('runs lower priorities first and equal ones as they were registered, 10 being the default', async () => {
      const order: string[] = []
      const add = (name: string, priority?: number) =>
        hooks.register('device.created', () => void order.push(name), {
          name,
          ...(priority === undefined ? {} : { priority }),
        })
      add('ten-a')
      add('twenty', 20)
      add('minus', -5)
      add('ten-b', 10)
      add('nine', 9)
      await hooks.dispatch(event())
      expect(order).toEqual(['minus', 'nine', 'ten-a', 'ten-b', 'twenty'])
    })

    it('mixes exact names and patterns by priority alone', async () => {
      const order: string[] = []
      hooks.register('*', () => void order.push('*'), { priority: 3 })
      hooks.register('device.created', () => void order.push('device.created'), { priority: 2 })
      hooks.register('device.*', () => void order.push('device.*'), { priority: 1 })
      hooks.register('alert.*', () => void order.push('alert.*'), { priority: 0 })
      hooks.register('device.create', () => void order.push('device.create'), { priority: 0 })
      await hooks.dispatch(event())
      expect(order).toEqual(['device.*', 'device.created', '*'])
      order.length = 0
      await hooks.dispatch(event('devices.created'))
      expect(order).toEqual(['*'])
    })

    it('waits for one handler before it starts the next', async () => {
      const order: string[] = []
      hooks.register('device.created', async () => {
        order.push('first begins')
        await new Promise((resolve) => setImmediate(resolve))
        order.push('first ends')
      })
      hooks.register('device.created', () => void order.push('second'))
      await hooks.dispatch(event())
      expect(order).toEqual(['first begins', 'first ends', 'second'])
    })
  })

  describe('a snapshot', () => {
    it('leaves out what is registered while an event is handled', async () => {
      let calls = 0
      const register = () => {
        calls += 1
        if (calls < 10) hooks.register('device.created', register)
      }
      hooks.register('device.created', register)
      const report = await hooks.dispatch(event())
      expect([calls, report.results.length]).toEqual([1, 1])
      await hooks.dispatch(event())
      expect(calls).toBe(3)
    })

    it('keeps what is unregistered while an event is handled until the next one', async () => {
      const off = hooks.register('device.created', () => 'late', { name: 'late', priority: 20 })
      hooks.register('device.created', () => off(), { name: 'early' })
      expect((await hooks.dispatch(event())).results.map(({ handler }) => handler)).toEqual(['early', 'late'])
      expect((await hooks.dispatch(event())).results.map(({ handler }) => handler)).toEqual(['early'])
    })
  })

  describe('isolation', () => {
    it('runs every handler although others fail, and reports both', async () => {
      const boom = new Error('boom')
      hooks.register('device.created', () => 1, { name: 'first' })
      hooks.register('device.created', () => Promise.reject(boom), { name: 'rejects' })
      hooks.register('device.created', () => 3, { name: 'last' })
      const report = await hooks.dispatch(event())
      expect(report.results).toEqual([
        { handler: 'first', value: 1 },
        { handler: 'last', value: 3 },
      ])
      expect(report.errors).toEqual([{ handler: 'rejects', error: boom }])
      expect(failures).toEqual(report.errors)
    })

    it('lets no synchronous throw escape to who emits', async () => {
      hooks.register('device.created', function explode() {
        throw new TypeError('k')
      })
      const report = await hooks.dispatch(event())
      expect(report.errors).toMatchObject([
        { handler: 'explode', error: { message: 'k', stack: expect.any(String) } },
      ])
    })

    it('reports what was thrown even when it is no error', async () => {
      hooks.register('device.created', () => Promise.reject(undefined), { name: 'nothing' })
      expect((await hooks.dispatch(event())).errors).toEqual([{ handler: 'nothing', error: undefined }])
    })
  })

  describe('what is awaited', () => {
    it('is anything thenable, also from an object with a call of its own', async () => {
      // biome-ignore lint/suspicious/noThenProperty: being thenable without being a promise is what is tested
      const thenable = { then: (resolve: (value: string) => void) => setImmediate(() => resolve('done')) }
      hooks.register('device.created', () => thenable, { name: 'thenable' })
      hooks.register(
        'device.created',
        Object.assign(async () => 'callable', { extra: 1 }),
        { name: 'callable' },
      )
      hooks.register('device.created', (async () => 'bound').bind({}), { name: 'bound' })
      expect((await hooks.dispatch(event())).results.map(({ value }) => value)).toEqual([
        'done',
        'callable',
        'bound',
      ])
    })

    it('is one payload object, with whatever fields it has', async () => {
      const seen: unknown[] = []
      hooks.register('device.created', ({ device_id }: { device_id: string }) => void seen.push(device_id))
      await hooks.dispatch(event('device.created', { device_id: 'a', unknown_field: 1, another: null }))
      expect(seen).toEqual(['a'])
    })
  })

  describe('names', () => {
    it('are the option, the name of the function, or one derived from the event', () => {
      hooks.register('device.created', function greet() {}, { name: 'given' })
      hooks.register('device.created', function greet() {})
      hooks.register('device.created', () => {})
      hooks.register('device.metrics_updated', () => {})
      hooks.register('device.*', () => {})
      hooks.register('*', () => {})
      expect(hooks.all.map(({ handler }) => handler)).toEqual([
        'given',
        'greet',
        'onDeviceCreated',
        'onDeviceMetricsUpdated',
        'onDeviceAny',
        'onAny',
      ])
    })

    it('are never shared, so that a delivery can be repeated for one handler', async () => {
      for (let count = 0; count < 3; count++) hooks.register('device.created', () => count)
      expect(hooks.all.map(({ handler }) => handler)).toEqual([
        'onDeviceCreated',
        'onDeviceCreated2',
        'onDeviceCreated3',
      ])
      const report = await hooks.dispatch(event(), ['onDeviceCreated2'])
      expect(report.results).toEqual([{ handler: 'onDeviceCreated2', value: 1 }])
    })
  })

  describe('a registration', () => {
    it('can be undone, twice without harm', async () => {
      const off = hooks.register('device.created', () => 'a')
      hooks.register('device.created', () => 'b')
      off()
      off()
      expect((await hooks.dispatch(event())).results.map(({ value }) => value)).toEqual(['b'])
    })

    it.each(['', 'device', 'device created', '.created', 'device.', '**', '*.created', 'device.*.x', '../x'])(
      'to %j is refused',
      (name) => {
        expect(() => hooks.register(name, () => {})).toThrow(/expected an event name/)
      },
    )

    it('with options that could never work is refused at once', () => {
      expect(() => hooks.register('device.created', () => {}, { priority: Number.NaN })).toThrow(
        /priority.*NaN/,
      )
      expect(() => hooks.register('device.created', () => {}, { priority: 1.5 })).toThrow(/whole number/)
      expect(() => hooks.register('device.created', () => {}, { retries: -1 })).toThrow(/retries/)
      expect(() => hooks.register('device.created', () => {}, { timeout: 'soon' })).toThrow(
        /"soon" is not a duration/,
      )
      expect(() => Reflect.apply(hooks.register, hooks, ['device.created', 'greet'])).toThrow(
        /string: expected a function/,
      )
    })

    it('follows names of events without remembering all of them', async () => {
      hooks.register('*', () => 1)
      for (let count = 0; count < 2_000; count++) expect(hooks.matching(`own.event-${count}`)).toHaveLength(1)
      const before = hooks.matching('own.event-1')
      hooks.register('own.event-1', () => 2)
      expect(before).toHaveLength(1)
      expect(hooks.matching('own.event-1')).toHaveLength(2)
    })
  })
})
