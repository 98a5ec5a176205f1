import Emittery from 'emittery'
import { EventEmitter } from 'eventemitter3'
import { createHooks, HookableCore } from 'hookable'
// Not a way for plugins. `emit` also gives its event an id, a time and a cause, which no other library does, so what
// it costs to run handlers can only be compared a layer below.
import { EventHooks } from '../../../packages/sdk/dist/hooks/event-hooks.js'
import { benchPlugin } from '../bench-plugin.js'
import type { Job } from '../harness/comparison.js'
import type { Contender } from '../harness/contender.js'

const EVENT = 'device.metrics_updated'
const PAYLOAD = { device_id: 'pump-7', metrics: { cpu: 41.5, memory: 63 } }
const ENVELOPE = {
  name: EVENT,
  payload: PAYLOAD,
  event_id: '6f1c0d1e-6d7e-4f0e-9d7c-2f5f5a1f9a10',
  organization_id: 'local',
  occurred_at: '2024-01-27T10:30:45.000Z',
  caused_by: null,
}

interface Payload {
  device_id: string
  metrics: Record<string, unknown>
}
type Handler = (payload: Payload) => void | Promise<void>

/** One event, told to so many handlers by each library. */
export function dispatchJob(handlers: number, isAsync: boolean): Job {
  return {
    title: `${handlers} ${handlers === 1 ? 'handler' : 'handlers'}, ${isAsync ? 'async' : 'sync'}`,
    contenders: [dispatch, emit, hookable, hookableCore, emittery, eventemitter3].map((create) =>
      create((register) => {
        for (let count = 0; count < handlers; count += 1) register(createHandler(isAsync))
      }),
    ),
    aims: [
      { ours: 'SDK dispatch', theirs: 'hookable', atLeast: 1 },
      { ours: 'SDK emit', theirs: 'hookable', atLeast: 1 },
    ],
  }
}

type RegisterAll = (register: (handler: Handler) => unknown) => void

/** A handler that does next to nothing, so that the dispatch around it is what is measured. */
function createHandler(isAsync: boolean): Handler {
  let seen = 0
  const count = ({ device_id }: Payload) => {
    seen += device_id.length
    if (seen < 0) throw new Error('never')
  }
  return isAsync ? async (payload) => count(payload) : count
}

function dispatch(registerAll: RegisterAll): Contender {
  const hooks = new EventHooks(() => undefined)
  registerAll((handler) => hooks.register(EVENT, handler))
  return { name: 'SDK dispatch', run: () => hooks.dispatch(ENVELOPE), isOurs: true }
}

function emit(registerAll: RegisterAll): Contender {
  const plugin = benchPlugin()
  registerAll((handler) => plugin.hook(EVENT, handler))
  return { name: 'SDK emit', run: () => plugin.emit(EVENT, PAYLOAD), isOurs: true }
}

function hookable(registerAll: RegisterAll): Contender {
  const hooks = createHooks()
  registerAll((handler) => hooks.hook(EVENT, handler))
  return { name: 'hookable', run: () => hooks.callHook(EVENT, PAYLOAD) }
}

/** The same without what makes stack traces follow the hooks. */
function hookableCore(registerAll: RegisterAll): Contender {
  const hooks = new HookableCore()
  registerAll((handler) => hooks.hook(EVENT, handler))
  return { name: 'hookable, bare core', run: () => hooks.callHook(EVENT, PAYLOAD) }
}

function emittery(registerAll: RegisterAll): Contender {
  const emitter = new Emittery<{ [EVENT]: Payload }>()
  registerAll((handler) => emitter.on(EVENT, handler))
  return { name: 'emittery emitSerial', run: () => emitter.emitSerial(EVENT, PAYLOAD) }
}

/** Waits for no handler and stops at the first that throws: what dispatch costs at the very least. */
function eventemitter3(registerAll: RegisterAll): Contender {
  const emitter = new EventEmitter()
  registerAll((handler) => emitter.on(EVENT, handler))
  return { name: 'eventemitter3', run: () => emitter.emit(EVENT, PAYLOAD), isAwaited: false }
}
