import { z } from '@hono/zod-openapi'
import { pluginIdPattern, versionPattern } from '@ops-center/plugin-sdk/manifest'

const id = z.string().regex(pluginIdPattern).openapi({ example: 'weather-monitor' })

export const pluginParams = z.object({ id })

export const versionParams = z.object({
  id,
  version: z.string().max(128).regex(versionPattern).openapi({ example: '1.0.0' }),
})
