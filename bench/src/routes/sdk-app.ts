import { benchPlugin } from '../bench-plugin.js'
import { deviceParams, predict, predictBody, readings, readingsQuery } from './route-work.js'

/** The routes as a plugin has them. */
export function createSdkApp() {
  const plugin = benchPlugin()
  plugin.route('/devices/:id/readings', { params: deviceParams, query: readingsQuery }, ({ params, query }) =>
    readings(params.id, query.limit),
  )
  plugin.route('/predict', { methods: ['POST'], body: predictBody }, ({ body }) => predict(body))
  return plugin.createApp()
}
