import { describe, expect, it } from 'vitest'
import { compareManifests, parseManifest } from '../../src/manifest/index.js'
import { minimalManifest } from './minimal-manifest.js'

function differences(code: Record<string, unknown>, yaml: Record<string, unknown>): string[] {
  const found = compareManifests(parseManifest(minimalManifest(code)), parseManifest(minimalManifest(yaml)))
  return found.map(({ severity, path, message }) => `${severity} ${path}: ${message}`)
}

describe('compareManifests', () => {
  it('finds no difference between equal manifests, written in any order', () => {
    const code = {
      permissions: ['devices:read', 'alerts:write'],
      hooks: [
        { event: 'a.b', handler: 'one' },
        { event: 'a.b', handler: 'two', priority: 1 },
      ],
      routes: [
        { path: '/stats', methods: ['GET'] },
        { path: '/stats', methods: ['POST'] },
      ],
      tasks: [{ name: 'train' }],
    }
    const yaml = {
      permissions: ['alerts:write', 'devices:read'],
      hooks: [{ event: 'a.b', handler: 'two', priority: 1 }, { event: 'a.b' }],
      routes: [{ path: '/stats', methods: ['POST', 'GET'], handler: 'stats' }],
      tasks: [{ name: 'train', cron: '0 * * * *' }],
    }
    expect(differences(code, yaml)).toEqual([])
  })

  it.each([
    [
      'version',
      { version: '1.0.1' },
      {},
      'error version: version is "1.0.1" in the code and "1.0.0" in plugin.yaml',
    ],
    [
      'author',
      { author: 'You' },
      {},
      'warning author: author is "You" in the code and "DevOps Team" in plugin.yaml',
    ],
    [
      'a permission only the code asks for',
      { permissions: ['devices:read'] },
      {},
      'error permissions: The code asks for devices:read, plugin.yaml does not',
    ],
    [
      'a permission only plugin.yaml asks for',
      {},
      { permissions: ['alerts:write', 'devices:read'] },
      'warning permissions[0]: plugin.yaml asks for alerts:write, the code does not',
    ],
    [
      'a hook only the code has',
      { hooks: [{ event: 'a.b', handler: 'onAB' }] },
      {},
      'error hooks: The code handles a.b (onAB), plugin.yaml does not list it',
    ],
    [
      'a hook only plugin.yaml has',
      {},
      { hooks: [{ event: 'a.b' }] },
      'error hooks[0]: plugin.yaml lists a.b, the code does not handle it',
    ],
    [
      'a handler that does not exist',
      { filters: [{ filter: 'a.b', handler: 'real' }] },
      { filters: [{ filter: 'a.b', handler: 'imagined' }] },
      'error filters[0].handler: The code has no handler imagined for a.b; it has real',
    ],
    [
      'a priority',
      { hooks: [{ event: 'a.b', priority: 5 }] },
      { hooks: [{ event: 'a.b' }] },
      'warning hooks[0].priority: a.b has priority 5 in the code and 10 in plugin.yaml',
    ],
    [
      'a route only the code has',
      { routes: [{ path: '/predict', methods: ['POST'] }] },
      {},
      'error routes: The code has the route POST /predict, plugin.yaml does not list it',
    ],
    [
      'a method the code lacks',
      { routes: [{ path: '/a', methods: ['GET'] }] },
      { routes: [{ path: '/a', methods: ['GET', 'PUT'] }] },
      'error routes[0]: plugin.yaml lists PUT /a, the code has no such route',
    ],
    [
      'whether a route needs a key',
      { routes: [{ path: '/a' }] },
      { routes: [{ path: '/a', auth: 'none' }] },
      'error routes[0]: GET /a has auth required in the code and none in plugin.yaml',
    ],
    [
      'a task only plugin.yaml has',
      {},
      { tasks: [{ name: 'train' }] },
      'error tasks[0]: plugin.yaml lists the task train, the code does not register it',
    ],
  ])('names %s', (_, code, yaml, expected) => {
    expect(differences(code, yaml)[0]).toBe(expected)
  })

  it('tells what to write for an unlisted hook', () => {
    const code = parseManifest(
      minimalManifest({ hooks: [{ event: 'device.*', handler: 'all', priority: 1 }] }),
    )
    const [difference] = compareManifests(code, parseManifest(minimalManifest()))
    expect(difference?.fix).toBe('Add "- { event: "device.*", handler: all, priority: 1 }" to hooks')
  })

  it('warns where code and plugin.yaml say different things of a hook, and not where only one does', () => {
    const hook = { event: 'a.b', handler: 'one' }
    const stated = { ...hook, retries: 2, on_error: 'ignore' }
    expect(differences({ hooks: [stated] }, { hooks: [hook] })).toEqual([])
    expect(differences({ hooks: [hook] }, { hooks: [stated] })).toEqual([])
    expect(differences({ hooks: [stated] }, { hooks: [{ ...stated, on_error: 'stop' }] })).toEqual([
      'warning hooks[0].on_error: a.b has on_error "ignore" in the code and "stop" in plugin.yaml; the code counts',
    ])
  })
})
