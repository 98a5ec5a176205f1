import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../test-platform.js'

let platform: TestPlatform
const configure = (model: string, status?: number) =>
  platform.api('PUT', '/plugins/picky/config', { config: { model } }, status)
const model = () => platform.route('GET', '/plugins/picky/model')

beforeAll(async () => {
  platform = await startTestPlatform()
  await platform.run({
    id: 'picky',
    resources: { timeout: '1s' },
    code: `
      plugin.onConfigChange(({ new_config: { model } }) => {
        if (model === 'missing') throw new Error('there is no such model')
        if (model === 'endless') return new Promise(() => {})
        if (model === 'deadly') process.exit(1)
      })
      plugin.route('/model', { methods: ['GET'] }, () => ({ model: plugin.config.get('model', null) }))`,
  })
})
afterAll(() => platform.close())

it.each([
  ['missing', /is stored.*there is no such model/],
  ['endless', /is stored.*did not answer.*within 1000 ms/],
])('says which part failed when the plugin fails on its configuration: %s', async (name, detail) => {
  expect((await configure(name, 422)).detail).toMatch(detail)
  expect(await platform.api('GET', '/plugins/picky/config')).toEqual({ config: { model: name } })
  expect(await model()).toEqual({ model: name })
  expect(await configure('fine')).toEqual({ config: { model: 'fine' } })
  expect(await model()).toEqual({ model: 'fine' })
})

it('hands a configuration that the process did not survive to the next one', async () => {
  expect(await configure('deadly')).toEqual({ config: { model: 'deadly' } })
  await expect.poll(() => model().catch(() => null), { timeout: 10_000 }).toEqual({ model: 'deadly' })
})
