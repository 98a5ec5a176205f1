import { PassThrough } from 'node:stream'
import { ApiNotFoundError } from '@ops-center/plugin-sdk'
import { beforeEach, expect, test } from 'vitest'
import { deployPlugin } from '../src/deploy-plugin.js'
import { createPlainOutput } from '../src/plain-output.js'
import type { RunCli } from '../src/run-cli.js'

const built = { id: 'x', version: '1.0.0', file: '/dist/x-1.0.0.tar.gz', checksum: 'abc' }

/** What the marketplace has under version 1.0.0, and what is installed. */
let published: string | undefined
let installed: { plugin_id: string; version: string; state: string }[]
let refusals: Record<string, string>
let lines: string[]

const calls: (readonly string[])[] = []
const cli: RunCli = async (...args) => {
  calls.push(args)
  const [verb = ''] = args
  const refusal = refusals[verb]
  if (refusal !== undefined) throw new Error(`ops-center-plugin ${verb} failed:\nerror ${refusal}`)
  if (verb === 'build') return built
  if (verb === 'list') return { plugins: installed }
  return { plugin_id: 'x', version: '1.0.0', state: 'installed' }
}

const api = {
  async get<T>(path: string): Promise<T> {
    if (published !== undefined) return JSON.parse(JSON.stringify({ checksum: published }))
    throw new ApiNotFoundError('api_not_found', 'no such plugin', { method: 'GET', path })
  },
}

beforeEach(() => {
  published = undefined
  installed = []
  refusals = {}
  lines = []
  calls.length = 0
})

const deploy = () => {
  const stream = new PassThrough({ encoding: 'utf8' })
  stream.on('data', (text: string) => lines.push(text))
  return deployPlugin('/examples/x', { api, cli, output: createPlainOutput(stream, 1) })
}
const verbs = () => calls.map(([verb]) => verb)

test('on a fresh platform everything is done, in order', async () => {
  expect(await deploy()).toMatchObject({ plugin_id: 'x', version: '1.0.0' })
  expect(verbs()).toEqual(['build', 'publish', 'list', 'install', 'enable'])
  expect(calls).toContainEqual(['publish', '--path', built.file])
  expect(calls).toContainEqual(['install', 'x@1.0.0', '--yes'])
})

test('what is published, installed and enabled already stays as it is', async () => {
  published = 'abc'
  installed = [{ plugin_id: 'x', version: '1.0.0', state: 'enabled' }]
  await deploy()
  expect(verbs()).toEqual(['build', 'list'])
  expect(lines.join('')).toContain('Already enabled: x 1.0.0')
})

test('other contents under a published version are explained, and what is installed runs', async () => {
  published = 'other'
  refusals = { publish: 'published already with other content' }
  installed = [{ plugin_id: 'x', version: '1.0.0', state: 'disabled' }]
  await deploy()
  expect(verbs()).toEqual(['build', 'publish', 'list', 'enable'])
  expect(lines.join('')).toContain('what you changed does not run')
  expect(lines.join('')).toContain('The marketplace said: published already with other content')
})

test('a refusal for any other reason ends it, with the words of the command', async () => {
  refusals = { publish: 'no permission' }
  await expect(deploy()).rejects.toThrow('no permission')
  expect(verbs()).toEqual(['build', 'publish'])
})

test('another version that is installed is updated, or stays when that is not possible', async () => {
  installed = [{ plugin_id: 'x', version: '0.9.0', state: 'enabled' }]
  expect(await deploy()).toMatchObject({ version: '1.0.0' })
  expect(calls).toContainEqual(['update', 'x@1.0.0'])

  refusals = { update: 'not yet' }
  expect(await deploy()).toMatchObject({ version: '0.9.0' })
  expect(lines.join('')).toContain('x stays at 0.9.0, it could not be updated: not yet')
})
