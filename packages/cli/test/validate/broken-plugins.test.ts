import { afterAll, describe, expect, it } from 'vitest'
import { isAcceptable, validatePlugin } from '../../dist/validate/validate-plugin.js'
import { createPluginFolder, type PluginChanges, removeFolders } from '../plugin-folder.js'

const folders: string[] = []
afterAll(() => removeFolders(folders))

const yaml = (from: string, to: string): PluginChanges => ({ 'plugin.yaml': [from, to] })
const code = (from: string, to: string): PluginChanges => ({ 'main.ts': [from, to] })
const PRIVATE_KEY = `-----BEGIN ${'PRIVATE'} KEY-----\nMIIEvQ\n-----END ${'PRIVATE'} KEY-----\n`
const AWS_KEY = `AKIA${'QYLPMN5HHHFPZAM2'}`

/** What is wrong, where it must be reported, and words that the report must contain. */
const BROKEN: readonly [what: string, changes: PluginChanges, place: string, message: RegExp][] = [
  ['no manifest', { 'plugin.yaml': null }, 'plugin.yaml', /There is no plugin.yaml/],
  [
    'a manifest called plugin.yml',
    { 'plugin.yaml': null, 'plugin.yml': 'id: x' },
    'plugin.yaml',
    /There is no plugin/,
  ],
  ['an empty manifest', { 'plugin.yaml': '' }, 'plugin.yaml:1', /is empty/],
  ['a manifest that is a list', { 'plugin.yaml': '- id: weather\n' }, 'plugin.yaml:1', /is a list/],
  [
    'a manifest that is not text',
    { 'plugin.yaml': Uint8Array.of(0xff, 0xfe, 0) },
    'plugin.yaml:1',
    /not UTF-8/,
  ],
  ['a huge manifest', { 'plugin.yaml': `#${'x'.repeat(1_100_000)}` }, 'plugin.yaml:1', /at most 1000000/],
  ['broken YAML', yaml('hooks:', 'hooks: ['), 'plugin.yaml:11', /YAML cannot be read/],
  ['tabs', yaml('  - devices:read', '\t- devices:read'), 'plugin.yaml:9', /YAML cannot be read/],
  ['a key given twice', yaml('name: Weather', 'name: Weather\nname: Storm'), 'plugin.yaml:3', /unique/],
  [
    'an anchor that contains itself',
    yaml('routes:', 'config_schema: &a\n  properties: *a\nroutes:'),
    'plugin.yaml:1',
    /refers to itself/,
  ],
  ['no id', yaml('id: weather\n', ''), 'plugin.yaml:1', /id is missing/],
  [
    'an id that leaves the folder',
    yaml('id: weather', 'id: ../../evil'),
    'plugin.yaml:1',
    /id is "..\/..\/evil"/,
  ],
  ['an id in capitals', yaml('id: weather', 'id: Weather'), 'plugin.yaml:1', /id is "Weather"/],
  [
    'a version that YAML reads as a number',
    yaml('1.0.0', '1.0'),
    'plugin.yaml:3',
    /version is the number 1: /,
  ],
  ['a version that is none', yaml('1.0.0', 'banana'), 'plugin.yaml:3', /version is "banana"/],
  ['a version with a v', yaml('1.0.0', 'v1.0.0'), 'plugin.yaml:3', /version is "v1.0.0"/],
  ['no author', yaml('author: DevOps Team\n', ''), 'plugin.yaml:1', /author is missing/],
  ['an unknown type', yaml('type: backend', 'type: backnd'), 'plugin.yaml:6', /type is "backnd"/],
  ['an unknown category', yaml('monitoring', 'weather'), 'plugin.yaml:7', /category is "weather"/],
  ['a misspelt permission', yaml('- devices:read', '- devices:raed'), 'plugin.yaml:9', /devices:raed/],
  ['a permission for people', yaml('- devices:read', '- "*"'), 'plugin.yaml:9', /permissions\[0\] is "\*"/],
  [
    'hooks that are no list',
    yaml('hooks:\n  - event', 'hooks:\n  event'),
    'plugin.yaml',
    /YAML cannot be read|expected a list/,
  ],
  [
    'an event without a dot',
    yaml('device.created', 'created'),
    'plugin.yaml:11',
    /hooks\[0\].event is "created"/,
  ],
  [
    'a negative retry count',
    yaml('handler: onCreated', 'retries: -1'),
    'plugin.yaml:12',
    /retries is the number -1/,
  ],
  ['a route without a slash', yaml('path: /stats', 'path: stats'), 'plugin.yaml:14', /path is "stats"/],
  ['an unknown method', yaml('[GET]', '[FETCH]'), 'plugin.yaml:15', /methods\[0\] is "FETCH"/],
  [
    'a cron that is none',
    yaml('routes:', 'tasks: [{ name: x, cron: daily }]\nroutes:'),
    'plugin.yaml:13',
    /cron is "daily"/,
  ],
  [
    'a config schema that is none',
    yaml('routes:', 'config_schema: { type: object, properties: { a: { type: nmber } } }\nroutes:'),
    'plugin.yaml:13',
    /type must be/,
  ],
  [
    'a default that its schema refuses',
    yaml('routes:', 'config_schema: { properties: { a: { type: number, default: x } } }\nroutes:'),
    'plugin.yaml:13',
    /default is "x": must be number/,
  ],
  ['a missing entrypoint', { 'main.ts': null }, 'plugin.yaml:1', /entrypoint main.ts does not exist/],
  [
    'an entrypoint outside',
    yaml('routes:', 'runtime: { entrypoint: ../main.ts }\nroutes:'),
    'plugin.yaml:13',
    /runtime.entrypoint is "..\/main.ts"/,
  ],
  ['a syntax error', code('export const', 'export konst'), 'main.ts:3', /Expected|Unexpected/],
  [
    'an import of nothing',
    code("'@ops-center/plugin-sdk'", "'not-installed'"),
    'main.ts:1',
    /Could not resolve "not-installed"/,
  ],
  [
    'an import of a missing file',
    code('import {', "import './gone.js'\nimport {"),
    'main.ts:1',
    /Could not resolve "\.\/gone\.js"/,
  ],
  [
    'code that throws',
    code('plugin.route(', "throw new Error('no weather')\nplugin.route("),
    'main.ts:14',
    /no weather/,
  ],
  [
    'code without a plugin',
    { 'main.ts': 'export const answer = 42\n' },
    'main.ts',
    /exports answer: expected a Plugin/,
  ],
  ['code that ends the process', { 'main.ts': 'process.exit(7)\n' }, 'main.ts', /exit code 7/],
  ['metadata the SDK refuses', code("version: '1.0.0'", "version: 'one'"), 'main.ts:3', /version is "one"/],
  [
    'two versions',
    code("version: '1.0.0'", "version: '1.0.1'"),
    'plugin.yaml:3',
    /"1.0.1" in the code and "1.0.0"/,
  ],
  ['two ids', code("id: 'weather'", "id: 'storm'"), 'plugin.yaml:1', /"storm" in the code/],
  [
    'a hook without code',
    code("plugin.hook('device.created', function onCreated() {})", ''),
    'plugin.yaml:11',
    /the code does not handle/,
  ],
  [
    'a handler that does not exist',
    yaml('handler: onCreated', 'handler: onMade'),
    'plugin.yaml:12',
    /no handler onMade.*onCreated/,
  ],
  [
    'a hook without a promise',
    yaml('hooks:\n  - event: device.created\n    handler: onCreated\n', ''),
    'plugin.yaml',
    /does not list it/,
  ],
  [
    'a route without code',
    yaml('[GET]', '[GET, POST]'),
    'plugin.yaml:14',
    /POST \/stats, the code has no such route/,
  ],
  [
    'a route without a promise',
    code("['GET']", "['GET', 'PUT']"),
    'plugin.yaml:13',
    /PUT \/stats, plugin.yaml does not list/,
  ],
  [
    'a task without a promise',
    code('plugin.route(', "plugin.task('train', () => {})\nplugin.route("),
    'plugin.yaml',
    /task train/,
  ],
  [
    'a hook that is never allowed',
    {
      'plugin.yaml': ['permissions:\n  - devices:read\n', ''],
      'main.ts': ["  permissions: ['devices:read'],\n", ''],
    },
    'plugin.yaml:9',
    /device.created is never delivered without/,
  ],
  [
    'a call that is not allowed',
    code(
      'plugin.route(',
      "void (() => plugin.api.alerts.create({ severity: 'info', title: 'x' }))\nplugin.route(",
    ),
    'main.ts:14',
    /alerts\.create needs the permission alerts:write/,
  ],
  ['a private key', { 'key.pem': PRIVATE_KEY }, 'key.pem:1', /key.pem contains a private key/],
  [
    'a key in the code',
    code('plugin.route(', `export const key = '${AWS_KEY}'\nplugin.route(`),
    'main.ts:14',
    /main.ts contains an AWS access key/,
  ],
  [
    'a sensitive setting with a value',
    {
      'plugin.yaml': [
        'routes:',
        'config_schema: { properties: { token: { type: string, sensitive: true } } }\nroutes:',
      ],
      'config.yaml': 'token: abc\n',
    },
    'config.yaml:1',
    /gives token a value/,
  ],
  ['a broken config.yaml', { 'config.yaml': 'a: [\n' }, 'config.yaml', /YAML cannot be read/],
  [
    'a component that is not there',
    yaml('routes:', 'slots: [{ slot: dashboard, component: ui/x.ts }]\nroutes:'),
    'plugin.yaml:13',
    /ui\/x.ts, which does not exist/,
  ],
  [
    'a component that cannot be bundled',
    {
      ...yaml('routes:', 'slots: [{ slot: dashboard, component: ui/x.ts }]\nroutes:'),
      'ui/x.ts': 'export const mount = 1\nexport const broken =\n',
    },
    'ui/x.ts:3',
    /Unexpected end of file/,
  ],
  [
    'a secret in what a component imports',
    {
      ...yaml('routes:', 'slots: [{ slot: dashboard, component: ui/x.ts }]\nroutes:'),
      'ui/x.ts': "export { pem } from './key.js'\n",
      'ui/key.ts': `\nexport const pem = '-----BEGIN ${'RSA PRIVATE'} KEY-----'\n`,
    },
    'ui/key.ts:2',
    /private key/,
  ],
]

describe('a broken plugin', () => {
  it.each(BROKEN)('is told what is wrong: %s', async (_, changes, place, message) => {
    const folder = await createPluginFolder(changes)
    folders.push(folder)
    const { findings } = await validatePlugin(folder)
    expect(isAcceptable(findings, false)).toBe(false)
    const found = findings.find((finding) => finding.severity === 'error' && message.test(finding.message))
    expect(found, JSON.stringify(findings, null, 2)).toBeDefined()
    const at = found?.line === undefined ? found?.file : `${found.file}:${found.line}`
    expect(at).toMatch(new RegExp(`^${place}`))
    expect(found?.fix).not.toBe('')
    expect(found?.message).not.toMatch(/\n|node:internal/)
  })
})
