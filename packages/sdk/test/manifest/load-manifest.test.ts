import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadManifest, ManifestError, parseManifestText } from '../../src/manifest/index.js'

const HEAD = `id: weather
name: Weather
version: 1.0.0
description: Watches
author: me
type: backend
`

function problemsOf(text: string): string[] {
  try {
    parseManifestText(text)
  } catch (error) {
    if (error instanceof ManifestError) return error.issues.map((i) => `${i.line}:${i.column} ${i.message}`)
    throw error
  }
  return []
}

describe('parseManifestText', () => {
  it('reads a manifest and locates its values', () => {
    const { manifest, locate, warnings } = parseManifestText(
      `${HEAD}hooks:\n  - name: device.created\n    handler: onCreated\napi_routes:\n  - path: /stats\n    method: GET\n`,
    )
    expect(manifest.hooks[0]?.event).toBe('device.created')
    expect(warnings).toEqual([])
    expect(locate('version')).toEqual({ line: 3, column: 10 })
    expect(locate('hooks[0].event')).toEqual({ line: 8, column: 11 })
    expect(locate('hooks[0].handler')).toEqual({ line: 9, column: 14 })
    expect(locate('hooks')).toEqual({ line: 7, column: 1 })
    expect(locate('routes[0].methods')).toEqual({ line: 12, column: 13 })
  })

  it.each([
    ['brackets', `${HEAD}a: ${'['.repeat(5_000)}${']'.repeat(5_000)}`, '7:1 The manifest is nested'],
    ['brackets over many lines', `${HEAD}a:\n${'[\n'.repeat(5_000)}`, '72:1 The manifest is nested'],
    ['lists in lists', `${HEAD}a:\n  ${'- '.repeat(5_000)}b`, '8:1 The manifest is nested'],
    [
      'indentation',
      Array.from({ length: 1_300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      '258:1 The manifest is nested',
    ],
    [
      'keys',
      Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join('\n'),
      '3001:1 The manifest has more than',
    ],
    ['text', `description: ${'é'.repeat(500_001)}`, '1:1 The manifest has 1000015 bytes'],
    [
      'aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]`,
      '1:1 The YAML cannot be used',
    ],
  ])('refuses %s without end, before it costs time', (_what, text, problem) => {
    const [first = '', ...rest] = problemsOf(text)
    expect(first).toContain(problem)
    expect(rest).toEqual([])
  })

  it('counts the lines of texts over several lines', () => {
    const text = `${HEAD}keywords: ["a\n\n  b", |\n]\nx: ${'['.repeat(70)}`
    expect(problemsOf(text)).toEqual([expect.stringMatching(/^11:1 The manifest is nested/)])
  })

  it('names no more mistakes of the YAML than somebody corrects at once', () => {
    expect(problemsOf('}\n'.repeat(1_000))).toHaveLength(20)
  })

  it('points at the nearest thing around what is missing', () => {
    const { locate } = parseManifestText(`${HEAD}hooks:\n  - event: device.created\n`)
    expect(locate('hooks[0].handler')).toEqual({ line: 8, column: 5 })
    expect(locate('hooks[7]')).toEqual({ line: 7, column: 1 })
    expect(locate('nothing.here')).toEqual({ line: 1, column: 1 })
  })

  it('names line and column of every problem', () => {
    expect(problemsOf(HEAD.replace('1.0.0', '1.0').replace('backend', 'backnd'))).toEqual([
      '3:10 version is the number 1: expected a semantic version as text',
      '6:7 type is "backnd": expected one of backend, frontend, hybrid, container',
    ])
  })

  it('locates unknown keys', () => {
    const { warnings } = parseManifestText(`${HEAD}permisions: []\n`)
    expect(warnings).toEqual([
      expect.objectContaining({ path: 'permisions', line: 7, fix: 'Did you mean "permissions"?' }),
    ])
  })

  it.each([
    ['nothing', '', /^1:1 The manifest is empty/],
    ['only a comment', '# hello\n', /^1:1 The manifest is empty/],
    ['a list', '- id: x\n', /^1:1 The manifest is a list/],
    ['a bad indent', `${HEAD}hooks:\n - event: a.b\n   x: [\n`, /The YAML cannot be read/],
    ['a tab', `${HEAD}hooks:\n\t- event: a.b\n`, /^8:\d+ The YAML cannot be read/],
    ['the same key twice', `${HEAD}id: other\n`, /^7:1 The YAML cannot be read: Map keys must be unique/],
    ['two documents', `${HEAD}---\n${HEAD}`, /multiple documents/],
    ['an unknown alias', `${HEAD}license: *nobody\n`, /Unresolved alias/],
    ['an anchor that contains itself', `${HEAD}config_schema: &a\n  properties: *a\n`, /refers to itself/],
  ])('says what is wrong with %s', (_, text, message) => {
    const [first] = problemsOf(text)
    expect(first).toMatch(message)
  })

  it('refuses aliases that multiply without end', () => {
    const bomb = Array.from({ length: 12 }, (_, i) => `x${i}: &x${i} [${`*x${i - 1},`.repeat(9)}]`)
    const [problem] = problemsOf(`${HEAD}${['x0: &x0 [1]', ...bomb.slice(1)].join('\n')}\n`)
    expect(problem).toMatch(/Excessive alias count/)
  })
})

describe('loadManifest', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'manifest-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('names the file in its error', async () => {
    const file = join(folder, 'plugin.yaml')
    await writeFile(file, HEAD.replace('1.0.0', 'banana'))
    await expect(loadManifest(file)).rejects.toThrow(`${file}:3:10 version is "banana"`)
  })

  it('says how to get a manifest when there is none', async () => {
    await expect(loadManifest(join(folder, 'plugin.yaml'))).rejects.toThrow(
      /create it with ops-center-plugin init/,
    )
  })

  it('refuses what is not text and what is too long', async () => {
    const file = join(folder, 'plugin.yaml')
    await writeFile(file, Uint8Array.of(0xff, 0xfe, 0x00))
    await expect(loadManifest(file)).rejects.toThrow(/not UTF-8/)
    await writeFile(file, `${HEAD}#${'x'.repeat(1_100_000)}`)
    await expect(loadManifest(file)).rejects.toThrow(/at most 1000000/)
  })
})
