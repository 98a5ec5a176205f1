import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createFileStorage } from '../../src/storage/file-storage.js'
import { createPlatformStorage } from '../../src/storage/platform-storage.js'
import { storageContract } from '../../src/testing/contracts/storage-contract.js'
import { createFakeClock } from '../../src/testing/fake-clock.js'
import { MockStorage } from '../../src/testing/mock-storage.js'
import { createFakeStorageServer, requestTo } from './fake-storage-server.js'

const runner = { describe, it, expect }

describe('file storage keeps the storage contract', () => {
  storageContract(runner, async () => {
    const clock = createFakeClock()
    const directory = await mkdtemp(join(tmpdir(), 'ops-storage-'))
    return {
      storage: createFileStorage({ directory, now: clock.now }),
      other: createFileStorage({ directory, now: clock.now }),
      advance: (milliseconds) => clock.advance(milliseconds),
      close: () => rm(directory, { recursive: true }),
    }
  })
})

describe('mock storage keeps the storage contract', () => {
  storageContract(runner, async () => {
    const clock = createFakeClock()
    return { storage: new MockStorage({ clock }), advance: (milliseconds) => clock.advance(milliseconds) }
  })
})

describe('platform storage keeps the storage contract', () => {
  storageContract(runner, async () => {
    const clock = createFakeClock()
    const options = { request: requestTo(createFakeStorageServer(clock.now)), pluginId: 'p', now: clock.now }
    return {
      storage: createPlatformStorage(options),
      other: createPlatformStorage(options),
      advance: (milliseconds) => clock.advance(milliseconds),
    }
  })
})
