import { type ApiClient, apiPath, parseDuration } from '@ops-center/plugin-sdk'
import { z } from 'zod'

/** The detector's settings that the view explains itself with. */
export interface PluginSettings {
  /** Readings that are learnt before any is judged. */
  readonly warmUpReadings: number
  /** Milliseconds after an alert in which there is no other. */
  readonly coolDown: number
}

const settings = z.object({
  warm_up_readings: z.number().default(0),
  cool_down: z.string().default('0s'),
})
const configAnswer = z.object({ config: z.record(z.string(), z.unknown()) })
const versionAnswer = z.object({
  manifest: z.object({
    config_schema: z
      .object({ properties: z.record(z.string(), z.object({ default: z.unknown() })).default({}) })
      .optional(),
  }),
})

/** What is set for an installed plugin, with the defaults that its manifest declares. */
export async function readPluginSettings(
  api: Pick<ApiClient, 'get'>,
  { plugin_id, version }: { plugin_id: string; version: string },
): Promise<PluginSettings> {
  const [published, configured] = await Promise.all([
    api.get(apiPath`/plugins/marketplace/${plugin_id}/versions/${version}`),
    api.get(apiPath`/plugins/${plugin_id}/config`),
  ])
  const properties = versionAnswer.parse(published).manifest.config_schema?.properties ?? {}
  const defaults = Object.entries(properties).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value]],
  )
  const { config } = configAnswer.parse(configured)
  const values = settings.parse({ ...Object.fromEntries(defaults), ...config })
  return { warmUpReadings: values.warm_up_readings, coolDown: parseDuration(values.cool_down) }
}
