import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['sdk', 'server', 'cli', 'create-plugin'].map((name) => join(root, 'packages', name))
const run = promisify(execFile)

/** Packs all packages at once, as publishing would; npm's answer says which files went in. */
async function packAll(destination) {
  const workspaces = folders.flatMap((folder) => ['--workspace', folder])
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination, ...workspaces]
  const { stdout } = await run('npm', args, { cwd: root, maxBuffer: 2 ** 26 })
  // A list, or with npm 12 an object by name.
  return new Map(Object.values(JSON.parse(stdout)).map((packed) => [packed.name, packed]))
}

/** What publint has to say about a packed package. */
async function lintPackage(tarball, manifest) {
  const content = await readFile(tarball)
  const bytes = content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength)
  const { messages } = await publint({ pack: { tarball: bytes }, strict: true })
  return messages.map((message) => `${message.type}: ${formatMessage(message, manifest, { color: false })}`)
}

/** Whether every entry point resolves to types that say the truth about its code. */
async function checkTypes(tarball, entryPoints) {
  const options = ['--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji']
  try {
    await run(join(root, 'node_modules/.bin/attw'), [tarball, ...options, '--entrypoints', ...entryPoints])
    return []
  } catch (error) {
    return [`${error.stdout}${error.stderr}`.trim()]
  }
}

/** Output whose source is gone: `tsc -b` leaves it behind, and it would be published. */
function staleFiles(folder, files) {
  return files
    .filter((path) => path.startsWith('dist/') && path.endsWith('.js'))
    .filter((path) => !existsSync(join(folder, path.replace(/^dist\/(.*)\.js$/, 'src/$1.ts'))))
    .map((path) => `${path} has no source: run "npm run clean && npm run build"`)
}

async function checkPackage(folder, packages, destination) {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const { filename, files } = packages.get(manifest.name)
  const tarball = join(destination, filename)
  const entryPoints = Object.keys(manifest.exports).filter((name) => !name.endsWith('.json'))
  const paths = files.map(({ path }) => path)
  const problems = [
    ...(await lintPackage(tarball, manifest)),
    ...(entryPoints.length > 0 ? await checkTypes(tarball, entryPoints) : []),
    ...staleFiles(folder, paths),
  ]
  for (const problem of problems) console.error(`${manifest.name}: ${problem}`)
  if (problems.length === 0) process.stdout.write(`${manifest.name}: ${paths.length} files, exports fine\n`)
  return problems.length
}

const destination = await mkdtemp(join(tmpdir(), 'check-exports-'))
try {
  const packed = await packAll(destination)
  const counts = await Promise.all(folders.map((folder) => checkPackage(folder, packed, destination)))
  if (counts.some((count) => count > 0)) process.exitCode = 1
} finally {
  await rm(destination, { recursive: true, force: true })
}
