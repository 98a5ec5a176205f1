import { z } from '@hono/zod-openapi'
import { pluginIdPattern } from '@ops-center/plugin-sdk/manifest'

/** The path parameter of everything below `/plugins/{id}`. */
export const pluginParams = z.object({
  id: z.string().regex(pluginIdPattern).openapi({ example: 'device-anomaly-detector' }),
})
