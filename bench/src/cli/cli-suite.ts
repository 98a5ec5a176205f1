import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Comparison, compare } from '../harness/comparison.js'
import { runNode } from './run-process.js'

const { resolve } = createRequire(import.meta.url)
const inPackage = (name: string, file: string) => join(dirname(resolve(`${name}/package.json`)), file)
const OURS = inPackage('@ops-center/plugin-cli', 'bin/ops-center-plugin.js')
const VSCE = inPackage('@vscode/vsce', 'vsce')
const CREATE_VITE = inPackage('create-vite', 'index.js')

/** Whole processes take their time, so few of them make a round. */
const ROUNDS = { rounds: 11, turn: 1 }

/** The command line, as somebody at a terminal waits for it. */
export async function cliSuite(): Promise<Comparison[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ops-bench-cli-'))
  try {
    await writePlugin(folder)
    await writeExtension(join(folder, 'bundled'), {})
    await writeBundlingExtension(folder)
    return [await compareHelp(folder), await compareInit(folder), await comparePackaging(folder)]
  } finally {
    await rm(folder, { recursive: true })
  }
}

function compareHelp(cwd: string): Promise<Comparison> {
  const contenders = [
    { name: 'ops-center-plugin --help', isOurs: true, run: () => runNode([OURS, '--help'], cwd) },
    { name: 'node -e 0', run: () => runNode(['-e', '0'], cwd) },
    { name: 'vsce --help', run: () => runNode([VSCE, '--help'], cwd) },
    { name: 'create-vite --help', run: () => runNode([CREATE_VITE, '--help'], cwd) },
  ]
  const ours = 'ops-center-plugin --help'
  const aims = [
    { ours, theirs: 'node -e 0', atLeast: 1 / 1.5 },
    { ours, theirs: 'vsce --help', atLeast: 1 },
  ]
  return compare({ title: 'Help', contenders, aims }, ROUNDS)
}

function compareInit(cwd: string): Promise<Comparison> {
  let number = 0
  const next = () => {
    number += 1
    return `made-${number}`
  }
  const contenders = [
    {
      name: 'ops-center-plugin init',
      isOurs: true,
      run: () => runNode([OURS, 'init', next(), '--yes'], cwd),
    },
    {
      name: 'create-vite',
      run: () => runNode([CREATE_VITE, next(), '--template', 'vanilla-ts', '--no-interactive'], cwd),
    },
  ]
  return compare({ title: 'Scaffolding', contenders }, ROUNDS)
}

function comparePackaging(folder: string): Promise<Comparison> {
  const plugin = join(folder, 'weather')
  const extension = join(folder, 'extension')
  const vsce = [VSCE, 'package', '--no-dependencies', '--allow-missing-repository', '--skip-license']
  const contenders = [
    { name: 'ops-center-plugin validate', isOurs: true, run: () => runNode([OURS, 'validate'], plugin) },
    { name: 'ops-center-plugin build', isOurs: true, run: () => runNode([OURS, 'build'], plugin) },
    { name: 'vsce package, bundling', run: () => runNode(vsce, extension) },
    { name: 'vsce package, bundled before', run: () => runNode(vsce, join(folder, 'bundled')) },
  ]
  const aims = [{ ours: 'ops-center-plugin build', theirs: 'vsce package, bundling', atLeast: 1 }]
  return compare({ title: 'Checking and packing', contenders, aims }, ROUNDS)
}

async function writePlugin(folder: string): Promise<void> {
  await runNode([OURS, 'init', 'weather', '--yes'], folder)
  await mkdir(join(folder, 'weather/node_modules/@ops-center'), { recursive: true })
  await symlink(
    inPackage('@ops-center/plugin-sdk', ''),
    join(folder, 'weather/node_modules/@ops-center/plugin-sdk'),
  )
}

/** The same code as our plugin's, bundled by esbuild before it is packed, as the guide for extensions has it. */
async function writeBundlingExtension(folder: string): Promise<void> {
  const extension = join(folder, 'extension')
  const esbuild = JSON.stringify(inPackage('esbuild', 'bin/esbuild'))
  const bundle = `${esbuild} main.ts --bundle --minify --sourcemap --platform=node --format=cjs --outfile=main.js`
  await writeExtension(extension, { scripts: { 'vscode:prepublish': bundle } })
  await copyFile(join(folder, 'weather/main.ts'), join(extension, 'main.ts'))
  await symlink(join(folder, 'weather/node_modules'), join(extension, 'node_modules'))
  await writeFile(join(extension, '.vscodeignore'), 'node_modules/**\nmain.ts\n')
}

/** As small as an extension can be. */
async function writeExtension(extension: string, more: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(extension)
  const manifest = {
    name: 'weather',
    displayName: 'Weather',
    description: 'Watches the weather',
    publisher: 'devops',
    version: '1.0.0',
    engines: { vscode: '^1.90.0' },
    activationEvents: ['onStartupFinished'],
    main: './main.js',
    ...more,
  }
  await writeFile(join(extension, 'package.json'), JSON.stringify(manifest))
  await writeFile(join(extension, 'main.js'), 'exports.activate = () => {}\n')
  await writeFile(join(extension, 'README.md'), '# Weather\n\nWatches the weather.\n')
}
