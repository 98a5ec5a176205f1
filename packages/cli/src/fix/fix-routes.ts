import type { ManifestRoute } from '@ops-center/plugin-sdk/manifest'
import { type Document, isSeq, type YAMLMap } from 'yaml'
import { addEntry, entriesOf, removeEntry, textAt } from './manifest-list.js'

type Route = Pick<ManifestRoute, 'path' | 'methods' | 'auth' | 'handler'>

/** Makes the list of routes name exactly the endpoints of the code. */
export function fixRoutes(document: Document, list: string, code: readonly Route[]): string[] {
  const changes: string[] = []
  const left = new Map<string, Route>(
    code.flatMap((route) => route.methods.map((method) => [`${method} ${route.path}`, route] as const)),
  )
  for (const entry of entriesOf(document, list)) {
    const path = textAt(entry, 'path') ?? ''
    const methods = methodsOf(entry)
    const real = methods.filter((method) => left.has(`${method} ${path}`))
    const route = left.get(`${real[0]} ${path}`)
    for (const method of real) left.delete(`${method} ${path}`)
    if (route === undefined) {
      removeEntry(document, list, entry)
      changes.push(`removed ${methods.join(', ')} ${path} from ${list}: the code has no such route`)
      continue
    }
    if (real.length < methods.length) {
      entry.set('methods', document.createNode(real, { flow: true }))
      changes.push(`wrote the methods ${real.join(', ')} for ${path}`)
    }
    if (entry.has('handler') && route.handler !== undefined && textAt(entry, 'handler') !== route.handler) {
      entry.set('handler', route.handler)
      changes.push(`wrote handler ${route.handler} for ${path}`)
    }
    if ((textAt(entry, 'auth') ?? 'required') !== route.auth) {
      entry.set('auth', route.auth)
      changes.push(`wrote auth ${route.auth} for ${path}`)
    }
  }
  for (const { path, methods, auth, handler } of code) {
    const names = methods.filter((method) => left.delete(`${method} ${path}`))
    if (names.length === 0) continue
    addEntry(document, list, {
      path,
      methods: names,
      ...(handler === undefined ? {} : { handler }),
      ...(auth === 'none' ? { auth } : {}),
    })
    changes.push(`added ${names.join(', ')} ${path} to ${list}`)
  }
  return changes
}

function methodsOf(entry: YAMLMap): string[] {
  const methods = entry.get('methods')
  const values: unknown = isSeq(methods) ? methods.toJSON() : ['GET']
  return Array.isArray(values) ? values.map((method) => String(method).toUpperCase()) : []
}
