import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveServerOptions } from '../../src/options.js'
import { readSettingsFile } from '../../src/settings/settings-file.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ops-settings-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(text: string): Promise<string> {
  const path = join(folder, 'settings.yaml')
  await writeFile(path, text)
  return path
}

describe('a settings file', () => {
  it('counts after the environment and before the defaults', async () => {
    const path = await file(
      'port: 9000\nhost: 0.0.0.0\nwebhooks_allow_private: true\nmetrics_retention: 90d\nfeatured_plugins: [a, b]\n',
    )
    expect(resolveServerOptions({ OPS_CENTER_PORT: '9001' }, {}, await readSettingsFile(path))).toMatchObject(
      {
        port: 9001,
        host: '0.0.0.0',
        webhooksAllowPrivate: true,
        metricsRetention: 7_776_000_000,
        featuredPlugins: ['a', 'b'],
        logLevel: 'info',
      },
    )
  })

  it('may be empty', async () => {
    expect((await readSettingsFile(await file('# nothing yet\n')))?.values.size).toBe(0)
  })

  it('is named in the problem with a value of it', async () => {
    const settings = await readSettingsFile(await file('log_level: loud\n'))
    expect(() => resolveServerOptions({}, {}, settings)).toThrow(
      /logLevel in .*settings.yaml="loud".*expected/,
    )
  })

  it.each([
    ['prot: 9000', '"prot" is no setting'],
    ['- port', 'expected settings'],
    ['port: {a: 1}', 'port is an object'],
    ['port: [', 'cannot be used'],
  ])('is refused: %s', async (text, message) => {
    await expect(file(text).then(readSettingsFile)).rejects.toMatchObject({
      code: 'settings_file_invalid',
      message: expect.stringContaining(message),
    })
  })

  it('must be there when it is asked for, and need not be otherwise', async () => {
    await expect(readSettingsFile(join(folder, 'missing.yaml'))).rejects.toThrow('missing.yaml')
    expect(await readSettingsFile(undefined)).toBeUndefined()
  })
})
