import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineEvent } from '../../src/defined-event.js'
import { createTestPlugin } from '../../src/testing/create-test-plugin.js'

const predictionCompleted = defineEvent(
  'prediction.completed',
  z.object({ confidence: z.number().max(1), model: z.string().default('linear') }),
)

describe('defineEvent', () => {
  it('makes an event that hooks hear with its checked payload', async () => {
    const plugin = createTestPlugin('own')
    const heard: unknown[] = []
    plugin.hook(predictionCompleted, ({ confidence, model }, { event }) => {
      heard.push([event.name, confidence, model])
    })
    plugin.hook('*', (payload) => void heard.push(payload))
    const report = await plugin.emit(predictionCompleted, { confidence: 0.9 })
    expect(heard).toEqual([['prediction.completed', 0.9, 'linear'], { confidence: 0.9, model: 'linear' }])
    expect(report.event.name).toBe('prediction.completed')
  })

  it('refuses a payload that is not what was defined, before anybody hears it', async () => {
    const plugin = createTestPlugin('own')
    const heard: unknown[] = []
    plugin.hook(predictionCompleted, (payload) => void heard.push(payload))
    await expect(plugin.emit(predictionCompleted, { confidence: 7 })).rejects.toMatchObject({
      code: 'event_payload_invalid',
      message: expect.stringMatching(/"prediction.completed".*confidence/),
    })
    expect(heard).toEqual([])
  })

  it('refuses names that are none, or that belong to the platform', () => {
    expect(() => defineEvent('prediction', z.object({}))).toThrow(/a name has words and a dot/)
    expect(() => defineEvent('device.exploded', z.object({}))).toThrow(
      /begin with "device\." belong to the platform/,
    )
    expect(defineEvent('devices.exploded', z.object({})).name).toBe('devices.exploded')
  })
})

describe('emit', () => {
  it('calls the plugin’s own handlers for any name, also those of the platform', async () => {
    const plugin = createTestPlugin('own')
    plugin.hook('plugin.failed', ({ plugin_id }) => plugin_id)
    const report = await plugin.emit('plugin.failed', { plugin_id: 'other', version: '1.0.0' })
    expect(report.results).toEqual([{ handler: 'onPluginFailed', value: 'other' }])
    expect(report.event).toMatchObject({
      name: 'plugin.failed',
      organization_id: 'local',
      caused_by: null,
      event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      occurred_at: expect.stringMatching(/^\d{4}-.*Z$/),
    })
  })

  it('rejects names that are none', async () => {
    const plugin = createTestPlugin('own')
    for (const name of ['', 'prediction', 'a b.c', '*', 'device.*']) {
      await expect(plugin.emit(name, {})).rejects.toMatchObject({ code: 'event_name_invalid' })
    }
  })
})
