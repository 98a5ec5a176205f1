import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { anomalyThreads, loadMachine } from '../dist/anomaly/load-machine.js'

const COMMAND = fileURLToPath(new URL('../bin/anomaly.js', import.meta.url))
const run = promisify(execFile)

test('the anomaly has more threads than the machine has cores', () => {
  expect(anomalyThreads(2)).toBe(48)
  expect(anomalyThreads(16)).toBe(64)
})

test('the anomaly is real: it uses processor time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anomaly-'))
  try {
    const script = join(folder, 'measure.mjs')
    const burn = new URL('../dist/anomaly/burn.js', import.meta.url).href
    await writeFile(
      script,
      `process.once('exit', () => console.error(process.cpuUsage().user / 1000))
       await import(${JSON.stringify(burn)})`,
    )
    const env = { ...process.env, UV_THREADPOOL_SIZE: '4' }
    const { stderr } = await run(process.execPath, [script, '1000'], { env })
    expect(Number(stderr)).toBeGreaterThan(300)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the command tells what it does and ends in time', async () => {
  const { stdout } = await run(process.execPath, [COMMAND, '0.2'])
  expect(stdout).toMatch(/^Keeping \d+ cores busy with \d+ threads of low priority for 0\.2 s/)
})

test('an anomaly that is called off leaves nothing running', async () => {
  const calledOff = new AbortController()
  const over = vi.fn()
  const load = loadMachine(2, 60_000, calledOff.signal).then(over)
  await setImmediate()
  expect(over).not.toHaveBeenCalled()
  calledOff.abort()
  await load
})

test('a time that is none is refused', async () => {
  await expect(run(process.execPath, [COMMAND, 'soon'])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('"soon" is not valid'),
  })
})
