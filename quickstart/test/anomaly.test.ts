import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { anomalyThreads } from '../src/anomaly/load-machine.js'
import { ANOMALY_BINARY } from '../src/workspace.js'

const run = promisify(execFile)

test('the anomaly has more threads than the machine has cores', () => {
  expect(anomalyThreads(2)).toBe(12)
  expect(anomalyThreads(16)).toBe(32)
})

test('the anomaly is real: it uses processor time for as long as it is told to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anomaly-'))
  try {
    const script = join(folder, 'measure.mjs')
    const module = new URL('../dist/anomaly/main.js', import.meta.url).href
    await writeFile(
      script,
      `import { main } from ${JSON.stringify(module)}
       await main(['1'])
       console.error(process.cpuUsage().user / 1000)`,
    )
    const { stdout, stderr } = await run(process.execPath, [script])
    expect(Number(stderr)).toBeGreaterThan(300)
    expect(stdout).toMatch(/^Keeping \d+ cores busy with \d+ threads of low priority for 1 s/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a time that is none is refused', async () => {
  await expect(run(process.execPath, [ANOMALY_BINARY, 'soon'])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('"soon" is not valid'),
  })
})
