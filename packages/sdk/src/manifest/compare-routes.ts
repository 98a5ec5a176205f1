import type { ManifestDifference } from './manifest-difference.js'
import type { Manifest } from './manifest-schema.js'

/** Compares by method and path, since one entry may serve several methods. */
export function compareRoutes(code: Manifest, yaml: Manifest): ManifestDifference[] {
  const inCode = endpoints(code)
  const inYaml = endpoints(yaml)
  const differences: ManifestDifference[] = []
  for (const [endpoint, { index, auth, handler }] of inYaml) {
    const real = inCode.get(endpoint)
    if (real === undefined) {
      const fix = 'Register the route, or remove it from routes'
      const message = `plugin.yaml lists ${endpoint}, the code has no such route`
      differences.push({ path: `routes[${index}]`, message, fix, severity: 'error' })
      continue
    }
    if (handler !== undefined && real.handler !== undefined && handler !== real.handler) {
      const message = `${endpoint} is handled by ${real.handler} in the code and by ${handler} in plugin.yaml`
      const fix = `Write handler: ${real.handler} or rename the function`
      differences.push({ path: `routes[${index}].handler`, message, fix, severity: 'error' })
    }
    if (auth !== real.auth) {
      const message = `${endpoint} has auth ${real.auth} in the code and ${auth} in plugin.yaml`
      differences.push({
        path: `routes[${index}]`,
        message,
        fix: 'Write the same in both',
        severity: 'error',
      })
    }
  }
  for (const [endpoint, { auth }] of inCode) {
    if (inYaml.has(endpoint)) continue
    const [method, path] = endpoint.split(' ')
    const message = `The code has the route ${endpoint}, plugin.yaml does not list it`
    const open = auth === 'none' ? ', auth: none' : ''
    const fix = `Add "- { path: ${path}, methods: [${method}]${open} }" to routes`
    differences.push({ path: 'routes', message, fix, severity: 'error' })
  }
  return differences
}

function endpoints({ routes }: Manifest) {
  return new Map(
    routes.flatMap(({ path, methods, auth, handler }, index) =>
      methods.map((method) => [`${method} ${path}`, { index, auth, handler }] as const),
    ),
  )
}
