import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SDK = join(import.meta.dirname, '../..')
const ROOT = join(SDK, '../..')
const INSTALLED = join(ROOT, 'node_modules')

/** What a program left behind when it ended. */
interface Outcome {
  readonly code: number
  readonly output: string
}

/** A new project whose only dependency is the SDK, as npm would publish it. */
export interface EmptyProject {
  readonly folder: string
  /** The paths of the files in the package. */
  readonly packed: readonly string[]
  write(file: string, text: string): Promise<void>
  /** Type-checks and compiles the project's TypeScript with these compiler options besides strict ones. */
  compile(options: Record<string, unknown>): Promise<Outcome>
  node(...args: string[]): Promise<Outcome>
  remove(): Promise<void>
}

/**
 * Packs the SDK and puts it into an empty project. The SDK's dependencies are linked beside it, and nothing else is:
 * what it does not declare, it cannot import.
 */
export async function createEmptyProject(): Promise<EmptyProject> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sdk-package-')))
  const modules = join(folder, 'node_modules')
  const target = join(modules, '@ops-center/plugin-sdk')
  await mkdir(target, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }')

  const args = ['pack', '--json', '--ignore-scripts', '--offline', '--pack-destination', folder]
  const { stdout } = await run('npm', args, { cwd: SDK, maxBuffer: 2 ** 24 })
  const [packed] = Object.values<PackedPackage>(JSON.parse(stdout))
  if (packed === undefined) throw new Error(`npm pack answered nothing: ${stdout}`)
  await run('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', target])

  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(target, 'package.json'), 'utf8'),
  )
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) await link(name, modules)

  const execute = async (file: string, given: readonly string[]): Promise<Outcome> => {
    try {
      const done = await run(file, [...given], { cwd: folder, env: plainEnvironment() })
      return { code: 0, output: done.stdout + done.stderr }
    } catch (error) {
      return failureOf(error)
    }
  }
  return {
    folder,
    packed: packed.files.map(({ path }) => path),
    write: (file, text) => writeFile(join(folder, file), text),
    compile: async (options) => {
      const compilerOptions = {
        target: 'es2022',
        lib: ['es2023', 'esnext.decorators'],
        types: ['node'],
        ...options,
      }
      const settings = { strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true, outDir: 'out' }
      const config = { compilerOptions: { ...settings, ...compilerOptions }, include: ['*.ts'] }
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
      return execute(process.execPath, [join(INSTALLED, 'typescript/bin/tsc'), '-p', '.'])
    },
    node: (...given) => execute(process.execPath, given),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

interface PackedPackage {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** Vitest's own settings, such as NODE_OPTIONS and its loaders, are not for the programs of the project. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, TMPDIR }
}

async function link(name: string, modules: string): Promise<void> {
  await mkdir(dirname(join(modules, name)), { recursive: true })
  const own = join(SDK, 'node_modules', name)
  const source = await realpath(own).catch(() => realpath(join(INSTALLED, name)))
  await symlink(source, join(modules, name))
}

function failureOf(error: unknown): Outcome {
  if (!(error instanceof Error)) throw error
  const { code, stdout, stderr } = Object.assign({ code: 1, stdout: '', stderr: '' }, error)
  return { code, output: `${stdout}${stderr}` }
}
