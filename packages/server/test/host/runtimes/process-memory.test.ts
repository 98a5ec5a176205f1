import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RuntimeUnderTest, runtimeUnderTest, unpackForTest } from './runtimes-under-test.js'

/** Bytes; Node 20 takes 63 MB, Node 26 75 MB. At rest both give some of it back. */
const JUST_STARTED = 85_000_000

describe.runIf(process.platform === 'linux')('the process of a small plugin', () => {
  let runtime: RuntimeUnderTest
  let plugin: Awaited<ReturnType<typeof unpackForTest>>
  beforeAll(async () => {
    runtime = await runtimeUnderTest('process')
    plugin = await unpackForTest({ id: 'small', code: '' })
  })
  afterAll(async () => {
    await runtime.close()
    await plugin.remove()
  })

  it('stays small, so that many fit on a machine', async () => {
    const running = await runtime.start(plugin)
    const memory = await running.memory()
    expect(memory).toBeGreaterThan(20_000_000)
    expect(memory).toBeLessThan(JUST_STARTED)
  })
})
