import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Comparison, compare } from '../harness/comparison.js'
import { runNode } from './run-process.js'

const { resolve } = createRequire(import.meta.url)
const inPackage = (name: string, file: string) => join(dirname(resolve(`${name}/package.json`)), file)
const OURS = inPackage('@ops-center/plugin-cli', 'bin/ops-center-plugin.js')
const CREATE_VITE = inPackage('create-vite', 'index.js')

/** Whole processes take their time, so few of them make a round. */
const ROUNDS = { rounds: 11, turn: 1 }

/** The command line, as somebody at a terminal waits for it. */
export async function cliSuite(): Promise<Comparison[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ops-bench-cli-'))
  try {
    await writePlugin(folder)
    return [await compareHelp(folder), await compareInit(folder), await comparePackaging(folder)]
  } finally {
    await rm(folder, { recursive: true })
  }
}

function compareHelp(cwd: string): Promise<Comparison> {
  const contenders = [
    { name: 'ops-center-plugin --help', isOurs: true, run: () => runNode([OURS, '--help'], cwd) },
    { name: 'node -e 0', run: () => runNode(['-e', '0'], cwd) },
    { name: 'create-vite --help', run: () => runNode([CREATE_VITE, '--help'], cwd) },
  ]
  const ours = 'ops-center-plugin --help'
  const aims = [
    { ours, theirs: 'node -e 0', atLeast: 1 / 1.5 },
    { ours, theirs: 'create-vite --help', atLeast: 1 },
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
  const contenders = [
    { name: 'ops-center-plugin validate', isOurs: true, run: () => runNode([OURS, 'validate'], plugin) },
    { name: 'ops-center-plugin build', isOurs: true, run: () => runNode([OURS, 'build'], plugin) },
    { name: 'node -e 0', run: () => runNode(['-e', '0'], plugin) },
  ]
  return compare({ title: 'Checking and packing', contenders }, ROUNDS)
}

async function writePlugin(folder: string): Promise<void> {
  await runNode([OURS, 'init', 'weather', '--yes'], folder)
  await mkdir(join(folder, 'weather/node_modules/@ops-center'), { recursive: true })
  await symlink(
    inPackage('@ops-center/plugin-sdk', ''),
    join(folder, 'weather/node_modules/@ops-center/plugin-sdk'),
  )
}
