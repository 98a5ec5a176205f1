import { readFileSync } from 'node:fs'
import { parseManifestText } from '@ops-center/plugin-sdk/manifest'
import { createTestPlugin } from '@ops-center/plugin-sdk/testing'
import { expect, it } from 'vitest'
import { readSettings, settingsSchema } from './settings.js'

it('has the defaults that plugin.yaml promises', () => {
  const text = readFileSync(new URL('../plugin.yaml', import.meta.url), 'utf8')
  const { manifest } = parseManifestText(text)
  const defaults = Object.entries(settingsSchema.parse({})).map(([name, value]) => [
    name,
    expect.objectContaining({ default: value }),
  ])
  expect(manifest.config_schema?.properties).toEqual(Object.fromEntries(defaults))
})

it('reads a shorter distance for a higher sensitivity', () => {
  const [low, normal, high] = ['low', 'normal', 'high'].map(
    (sensitivity) => readSettings(createTestPlugin('test', { config: { sensitivity } })).threshold,
  )
  expect([high, normal, low]).toEqual([3.5, 5, 8])
})

it('says which setting is wrong', () => {
  const plugin = createTestPlugin('test', { config: { warm_up_readings: 0 } })
  expect(() => readSettings(plugin)).toThrow('warm_up_readings')
})
