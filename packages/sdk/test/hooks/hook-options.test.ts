import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EventHooks, type HookFailure } from '../../src/hooks/event-hooks.js'
import { HandlerTimeoutError } from '../../src/hooks/run-handler.js'
import { event } from './test-event.js'

describe('options of a hook', () => {
  let failures: HookFailure[]
  let hooks: EventHooks

  beforeEach(() => {
    failures = []
    hooks = new EventHooks((failure) => failures.push(failure))
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  describe('timeout', () => {
    it('aborts the signal, reports the handler and goes on', async () => {
      vi.useFakeTimers()
      let reason: unknown
      hooks.register(
        'device.created',
        (_payload: object, { signal }: { signal: AbortSignal }) =>
          new Promise(() => {
            signal.addEventListener('abort', () => {
              reason = signal.reason
            })
          }),
        { name: 'slow', timeout: '5s' },
      )
      hooks.register('device.created', () => 'next', { name: 'next' })
      const dispatched = hooks.dispatch(event())
      await vi.advanceTimersByTimeAsync(4_999)
      expect(reason).toBeUndefined()
      await vi.advanceTimersByTimeAsync(1)
      const report = await dispatched
      expect(report.errors).toMatchObject([{ handler: 'slow', error: { code: 'handler_timeout' } }])
      expect(reason).toBeInstanceOf(HandlerTimeoutError)
      expect(report.results.map(({ value }) => value)).toEqual(['next'])
    })

    it('leaves nothing ticking after a handler that was in time', async () => {
      vi.useFakeTimers()
      hooks.register('device.created', () => 'quick', { timeout: '5s' })
      hooks.register(
        'device.created',
        () => {
          throw new Error('quick too')
        },
        { timeout: '5s' },
      )
      await hooks.dispatch(event())
      expect(vi.getTimerCount()).toBe(0)
    })
  })

  describe('retries', () => {
    it('repeat a failed call, and report only the last failure', async () => {
      let calls = 0
      const flaky = () => {
        calls += 1
        if (calls < 3) throw new Error(`failure ${calls}`)
        return 'fine'
      }
      hooks.register('device.created', flaky, { retries: 2 })
      expect(await hooks.dispatch(event())).toMatchObject({ results: [{ value: 'fine' }], errors: [] })
      calls = 0
      hooks.register('device.deleted', flaky, { retries: 1 })
      expect((await hooks.dispatch(event('device.deleted'))).errors).toMatchObject([
        { error: { message: 'failure 2' } },
      ])
      expect(failures).toHaveLength(1)
    })

    it('are left to the host where there is one', async () => {
      const call = vi.fn(() => Promise.reject(new Error('no')))
      hooks.register('device.created', call, { retries: 5, name: 'once-per-delivery' })
      await hooks.dispatch(event(), undefined, {})
      expect(call).toHaveBeenCalledTimes(1)
    })
  })

  describe('what a host says', () => {
    it('limits handlers that state no time of their own: each by its manifest, else all alike', async () => {
      const never = () => new Promise(() => {})
      hooks.register('device.created', never, { name: 'own', timeout: 10 })
      hooks.register('device.created', never, { name: 'manifest' })
      hooks.register('device.created', never, { name: 'other' })
      vi.useFakeTimers()
      const limits = { timeout: 30, timeouts: { own: 99, manifest: 20 } }
      const dispatched = hooks.dispatch(event(), undefined, limits)
      await vi.advanceTimersByTimeAsync(100)
      expect((await dispatched).errors).toMatchObject([
        { handler: 'own', error: { message: expect.stringContaining('10 ms') } },
        { handler: 'manifest', error: { message: expect.stringContaining('20 ms') } },
        { handler: 'other', error: { message: expect.stringContaining('30 ms') } },
      ])
    })
  })

  describe('onError', () => {
    it('is one of the policies', () => {
      const options = { onError: 'explode' }
      // @ts-expect-error: the compiler knows the policies too.
      expect(() => hooks.register('device.created', () => {}, options)).toThrow(
        'onError of the hook of "device.created" is "explode": expected retry, ignore, stop',
      )
    })
  })

  describe('once', () => {
    it('is over after the first event, even when a handler emits again', async () => {
      const call = vi.fn(async () => {
        if (call.mock.calls.length < 5) await hooks.dispatch(event())
      })
      hooks.register('device.created', call, { once: true })
      await hooks.dispatch(event())
      await hooks.dispatch(event())
      expect(call).toHaveBeenCalledTimes(1)
      expect(hooks.all).toEqual([])
    })

    it('is not over for the host while it fails, because the host delivers again', async () => {
      let isBroken = true
      const call = () => (isBroken ? Promise.reject(new Error('no')) : 'fine')
      hooks.register('device.created', call, { once: true, name: 'flaky' })
      expect((await hooks.dispatch(event(), undefined, {})).errors).toHaveLength(1)
      isBroken = false
      expect((await hooks.dispatch(event(), ['flaky'], {})).results).toHaveLength(1)
      expect((await hooks.dispatch(event(), ['flaky'], {})).results).toHaveLength(0)
    })
  })
})
