import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Comparison, compare } from '../harness/comparison.js'
import { type DirectusPeer, findDirectus } from './directus-peer.js'
import { runNode } from './run-process.js'

const { resolve } = createRequire(import.meta.url)
const inPackage = (name: string, file: string) => join(dirname(resolve(`${name}/package.json`)), file)
const OURS = inPackage('@ops-center/plugin-cli', 'bin/ops-center-plugin.js')
const CREATE_VITE = inPackage('create-vite', 'index.js')
/** What the packaging commands work on, ours and theirs. */
const PLUGIN = 'weather'
const EXTENSION = 'weather-hook'

/** Whole processes take their time, so few of them make a round. */
const ROUNDS = { rounds: 11, turn: 1 }

/** The command line, as somebody at a terminal waits for it. */
export async function cliSuite(): Promise<Comparison[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ops-bench-cli-'))
  const directus = findDirectus()
  try {
    await writePlugin(folder)
    if (directus !== undefined) await writeExtension(folder, directus)
    return [
      await compareHelp(folder, directus),
      await compareInit(folder, directus),
      await compareValidate(folder, directus),
      await compareBuild(folder, directus),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

function compareHelp(cwd: string, directus: DirectusPeer | undefined): Promise<Comparison> {
  const ours = 'ops-center-plugin --help'
  const theirs = 'directus-extension --help'
  const contenders = [
    { name: ours, isOurs: true, run: () => runNode([OURS, '--help'], cwd) },
    { name: 'node -e 0', run: () => runNode(['-e', '0'], cwd) },
    { name: 'create-vite --help', run: () => runNode([CREATE_VITE, '--help'], cwd) },
    ...(directus ? [{ name: theirs, run: () => runNode([directus.extension, '--help'], cwd) }] : []),
  ]
  const aims = [
    { ours, theirs: 'node -e 0', atLeast: 1 / 1.5 },
    { ours, theirs: 'create-vite --help', atLeast: 1 },
    ...(directus ? [{ ours, theirs, atLeast: 1 }] : []),
  ]
  return compare({ title: 'Help', contenders, aims }, ROUNDS)
}

function compareInit(cwd: string, directus: DirectusPeer | undefined): Promise<Comparison> {
  let number = 0
  const next = () => {
    number += 1
    return `made-${number}`
  }
  const ours = 'ops-center-plugin init'
  const theirs = 'create-directus-extension'
  const options = ['--language', 'typescript', '--no-install']
  const contenders = [
    { name: ours, isOurs: true, run: () => runNode([OURS, 'init', next(), '--yes'], cwd) },
    {
      name: 'create-vite',
      run: () => runNode([CREATE_VITE, next(), '--template', 'vanilla-ts', '--no-interactive'], cwd),
    },
    ...(directus
      ? [{ name: theirs, run: () => runNode([directus.create, 'hook', next(), ...options], cwd) }]
      : []),
  ]
  const aims = [
    { ours, theirs: 'create-vite', atLeast: 1 },
    ...(directus ? [{ ours, theirs, atLeast: 1 }] : []),
  ]
  return compare({ title: 'Scaffolding', contenders, aims }, ROUNDS)
}

function compareValidate(folder: string, directus: DirectusPeer | undefined): Promise<Comparison> {
  const ours = 'ops-center-plugin validate'
  const theirs = 'directus-extension validate'
  const contenders = [
    { name: ours, isOurs: true, run: () => runNode([OURS, 'validate'], join(folder, PLUGIN)) },
    { name: 'node -e 0', run: () => runNode(['-e', '0'], folder) },
    ...(directus
      ? [{ name: theirs, run: () => runNode([directus.extension, 'validate'], join(folder, EXTENSION)) }]
      : []),
  ]
  const aims = directus ? [{ ours, theirs, atLeast: 1 }] : []
  return compare({ title: 'Checking', contenders, aims }, ROUNDS)
}

function compareBuild(folder: string, directus: DirectusPeer | undefined): Promise<Comparison> {
  const ours = 'ops-center-plugin build'
  const theirs = 'directus-extension build'
  const contenders = [
    { name: ours, isOurs: true, run: () => runNode([OURS, 'build'], join(folder, PLUGIN)) },
    { name: 'node -e 0', run: () => runNode(['-e', '0'], folder) },
    ...(directus
      ? [{ name: theirs, run: () => runNode([directus.extension, 'build'], join(folder, EXTENSION)) }]
      : []),
  ]
  const aims = directus ? [{ ours, theirs, atLeast: 1 }] : []
  return compare({ title: 'Packing', contenders, aims }, ROUNDS)
}

async function writePlugin(folder: string): Promise<void> {
  await runNode([OURS, 'init', PLUGIN, '--yes'], folder)
  const modules = join(folder, PLUGIN, 'node_modules/@ops-center')
  await mkdir(modules, { recursive: true })
  await symlink(inPackage('@ops-center/plugin-sdk', ''), join(modules, 'plugin-sdk'))
}

/** With what its `validate` asks for besides. */
async function writeExtension(folder: string, { create, extension }: DirectusPeer): Promise<void> {
  await runNode([create, 'hook', EXTENSION, '--language', 'typescript', '--no-install'], folder)
  const root = join(folder, EXTENSION)
  await writeFile(join(root, 'readme.md'), '# Weather\n')
  const file = join(root, 'package.json')
  const manifest: object = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...manifest, license: 'MIT' }))
  await mkdir(join(root, 'node_modules'))
  await runNode([extension, 'build'], root)
  await runNode([extension, 'validate'], root)
}
