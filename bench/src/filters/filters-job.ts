import Emittery from 'emittery'
import { EventEmitter } from 'eventemitter3'
import { createHooks } from 'hookable'
import { benchPlugin } from '../bench-plugin.js'
import type { Job } from '../harness/comparison.js'
import type { Contender } from '../harness/contender.js'

const FILTER = 'device.data.process'
const DEVICE = {
  id: 'pump-7',
  name: 'Pump 7',
  type: 'sensor',
  status: 'online',
  ip_address: null,
  metadata: { site: 'north', tags: ['cooling', 'critical'] },
  configuration: { interval: 5, limits: { cpu: 90, memory: 80 } },
  score: 0,
}
type Device = typeof DEVICE
type RegisterAll = (register: (filter: (device: Device) => Device) => unknown) => void

/** The other libraries have no filters: an author passes an object along, whose `value` each handler replaces. */
interface Box {
  value: Device
}

/** One device, passed through so many filters by each library. */
export function filtersJob(filters: number): Job {
  const registerAll: RegisterAll = (register) => {
    for (let count = 0; count < filters; count += 1)
      register((device) => ({ ...device, score: device.score + 1 }))
  }
  return {
    title: `${filters} ${filters === 1 ? 'filter' : 'filters'}`,
    contenders: [
      applyFilter(registerAll),
      hookable('hookable', registerAll, (value) => value),
      hookable('hookable, with copies', registerAll, structuredClone),
      emittery('emittery', registerAll, (value) => value),
      emittery('emittery, with copies', registerAll, structuredClone),
      eventemitter3('eventemitter3', registerAll, (value) => value),
      eventemitter3('eventemitter3, with copies', registerAll, structuredClone),
    ],
  }
}

function applyFilter(registerAll: RegisterAll): Contender {
  const plugin = benchPlugin()
  registerAll((filter) => plugin.filterHook(FILTER, filter))
  return { name: 'SDK applyFilter', run: () => plugin.applyFilter(FILTER, DEVICE), isOurs: true }
}

type Copy = (device: Device) => Device

function hookable(name: string, registerAll: RegisterAll, copy: Copy): Contender {
  const hooks = createHooks()
  registerAll((filter) => hooks.hook(FILTER, (box: Box) => replaceValue(box, filter, copy)))
  return {
    name,
    run: async () => {
      const box = { value: DEVICE }
      await hooks.callHook(FILTER, box)
      return box.value
    },
  }
}

function emittery(name: string, registerAll: RegisterAll, copy: Copy): Contender {
  const emitter = new Emittery<{ [FILTER]: Box }>()
  registerAll((filter) => emitter.on(FILTER, (box) => replaceValue(box, filter, copy)))
  return {
    name,
    run: async () => {
      const box = { value: DEVICE }
      await emitter.emitSerial(FILTER, box)
      return box.value
    },
  }
}

function eventemitter3(name: string, registerAll: RegisterAll, copy: Copy): Contender {
  const emitter = new EventEmitter()
  registerAll((filter) => emitter.on(FILTER, (box: Box) => replaceValue(box, filter, copy)))
  return {
    name,
    run: () => {
      const box = { value: DEVICE }
      emitter.emit(FILTER, box)
      return box.value
    },
    isAwaited: false,
  }
}

function replaceValue(box: Box, filter: (device: Device) => Device, copy: Copy): void {
  box.value = filter(copy(box.value))
}
