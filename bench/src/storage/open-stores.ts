import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import Keyv from 'keyv'
import { KeyvFile } from 'keyv-file'
import nodePersist from 'node-persist'
import { createStorage } from 'unstorage'
import fsDriver from 'unstorage/drivers/fs'
import writeFileAtomic from 'write-file-atomic'
import { benchPlugin } from '../bench-plugin.js'
import type { Store } from './store.js'

/** Every store in a folder of its own, with the settings that make it write at once. */
export async function openStores(folder: string): Promise<Store[]> {
  return [
    sdk(join(folder, 'sdk')),
    await persist(join(folder, 'node-persist')),
    keyvFile(join(folder, 'keyv-file')),
    unstorage(join(folder, 'unstorage')),
    await atomicFiles(join(folder, 'write-file-atomic')),
  ]
}

function sdk(basePath: string): Store {
  const { storage } = benchPlugin({ basePath })
  return {
    name: 'SDK storage',
    isDurable: true,
    isOurs: true,
    set: (key, value) => storage.set(key, value),
    get: (key) => storage.get(key),
    increment: (key) => storage.update<number>(key, (count = 0) => count + 1),
  }
}

async function persist(dir: string): Promise<Store> {
  // Its queue would make a second write wait for up to a second, and its clean-up outlive the folder.
  const store = nodePersist.create({ dir, writeQueue: false, expiredInterval: 0 })
  await store.init()
  return {
    name: 'node-persist',
    isDurable: false,
    set: (key, value) => store.setItem(key, value),
    get: (key) => store.getItem(key),
    increment: async (key) => store.setItem(key, Number((await store.getItem(key)) ?? 0) + 1),
  }
}

/** One file for all values, kept in memory too: reading is a look into a map, writing writes everything. */
function keyvFile(folder: string): Store {
  const store = new Keyv({ store: new KeyvFile({ filename: join(folder, 'all.json'), writeDelay: 0 }) })
  return {
    name: 'keyv-file',
    isDurable: false,
    set: (key, value) => store.set(key, value),
    get: (key) => store.get(key),
    increment: async (key) => store.set(key, Number((await store.get(key)) ?? 0) + 1),
  }
}

function unstorage(base: string): Store {
  const store = createStorage({ driver: fsDriver({ base }) })
  return {
    name: 'unstorage',
    isDurable: false,
    set: (key, value) => store.setItem(key, JSON.stringify(value)),
    get: (key) => store.getItem(key),
    increment: async (key) => store.setItem(key, Number((await store.getItem(key)) ?? 0) + 1),
  }
}

/** No store, but what an author takes to be sure of a file: it flushes the file, not the folder. */
async function atomicFiles(folder: string): Promise<Store> {
  await mkdir(folder, { recursive: true })
  return {
    name: 'write-file-atomic',
    isDurable: true,
    set: (key, value) => writeFileAtomic(join(folder, `${key}.json`), JSON.stringify(value)),
  }
}
