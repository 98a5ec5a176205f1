import { afterEach } from 'vitest'
import type { Config } from '../../src/config/config.js'
import { type ConfigOptions, createConfig } from '../../src/config/create-config.js'
import { type ConfigFolder, createConfigFolder } from './config-folder.js'

/** A schema with a default, a section, a secret and a list. */
export const SCHEMA = {
  type: 'object',
  properties: {
    interval: { type: 'integer', minimum: 1, default: 60 },
    smtp: {
      type: 'object',
      required: ['host'],
      properties: {
        host: { type: 'string' },
        port: { type: 'integer', default: 587 },
        password: { type: 'string', sensitive: true },
      },
    },
    tags: { type: 'array', items: { type: 'string' }, default: ['a', 'b'] },
  },
}

const opened: { config: Config; folder: ConfigFolder }[] = []

/** A configuration in a folder of its own, with no environment unless given; both end with the test. */
export async function openConfig(
  text?: string,
  options: Partial<ConfigOptions> = {},
): Promise<{ config: Config; folder: ConfigFolder }> {
  const folder = await createConfigFolder(text)
  const config = createConfig({ basePath: folder.path, env: {}, ...options })
  opened.push({ config, folder })
  return { config, folder }
}

afterEach(async () => {
  for (const { config, folder } of opened.splice(0)) {
    config.close()
    await folder.remove()
  }
})
