import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { renderGuide } from '../../src/view/render-guide.js'

const facts = {
  url: 'http://localhost:8000',
  pluginId: 'device-anomaly-detector',
  dataDir: '/home/anna/ops-center/.ops-center',
  keyFile: '/home/anna/ops-center/.ops-center/admin-key',
  hasKeys: true,
}

test('the guide fits into 80 columns, its indentation included', () => {
  for (const line of renderGuide(facts)) expect(line.length, line).toBeLessThanOrEqual(78)
})

test('the guide names the addresses, the key file and the anomaly', () => {
  const text = renderGuide(facts).join('\n')
  expect(text).toContain('http://localhost:8000/docs')
  expect(text).toContain('http://localhost:8000/plugins/device-anomaly-detector/docs')
  expect(text).toContain('/home/anna/ops-center/.ops-center/admin-key')
  expect(text).toContain('press a, or npm run anomaly')
  expect(renderGuide({ ...facts, hasKeys: false }).join('\n')).not.toContain('press a')
})

test('the command to copy sends the key, also from a folder with blanks and quotes', async () => {
  const folder = await mkdtemp(join(tmpdir(), "it's a folder "))
  try {
    const keyFile = join(folder, 'admin-key')
    await writeFile(keyFile, 'secret-1\n')
    expect(await runCopied(renderGuide({ ...facts, keyFile }))).toEqual([
      '-H',
      'Authorization: Bearer secret-1',
      'http://localhost:8000/plugins/device-anomaly-detector/stats',
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a key of the environment is sent from there and not looked for in a file', async () => {
  const lines = renderGuide({ ...facts, keyFile: undefined })
  expect(lines.join('\n')).toContain('Admin key    from OPS_CENTER_ADMIN_KEY')
  expect(await runCopied(lines, { OPS_CENTER_ADMIN_KEY: 'given-1' })).toContain(
    'Authorization: Bearer given-1',
  )
})

/** What a shell makes of the command of a guide: the arguments that curl would get. */
async function runCopied(lines: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
  const command = /curl(.*?\/stats)$/ms.exec(lines.join('\n'))?.[1] ?? ''
  const { stdout } = await promisify(execFile)('sh', ['-c', `printf '%s\\n' ${command}`], {
    env: { ...process.env, ...env },
  })
  return stdout.trim().split('\n')
}
