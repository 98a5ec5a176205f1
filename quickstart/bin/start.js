#!/usr/bin/env node
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'

/*
 * What `npm start` runs. Plain JavaScript, because on a fresh clone nothing else can run yet: it builds the
 * workspace, then hands over to src/main.ts.
 */

const root = resolve(import.meta.dirname, '../..')
const args = process.argv.slice(2)
const isBuilt = args.includes('--no-build')
const isHelp = args.includes('--help') || args.includes('-h')

if (!isHelp && (await isPortTaken())) {
  const { OPS_CENTER_PORT: port = '8000' } = process.env
  console.error(
    `Port ${port} is taken by another program, perhaps by an Ops-Center: stop it, or choose another port with OPS_CENTER_PORT`,
  )
  process.exit(1)
}
if (!isBuilt) build()
const { main } = await import('../dist/main.js')
process.exitCode = await main(args.filter((arg) => arg !== '--no-build'))

/** Asked before anything else, so that nobody waits for a build only to read this; Ops-Center itself asks again. */
function isPortTaken() {
  const port = Number(process.env.OPS_CENTER_PORT || 8000)
  const host = process.env.OPS_CENTER_HOST || '127.0.0.1'
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return false
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error) => resolve(error.code === 'EADDRINUSE'))
    probe.listen(port, host, () => probe.close(() => resolve(false)))
  })
}

/** The script `build` of the root package: type-checks and compiles every package, and bundles what runs alone. */
function build() {
  const isLive = process.stdout.isTTY && process.env.TERM !== 'dumb'
  if (isLive) process.stdout.write('  Building the workspace ...')
  const begin = performance.now()
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  run(tsc, '-b')
  run(join(root, 'packages/server/scripts/bundle-runner.js'))
  run(join(root, 'packages/cli/scripts/bundle-bin.js'))
  const ms = Math.round(performance.now() - begin)
  const line = `✓ Built the workspace`.padEnd(66)
  process.stdout.write(`${isLive ? '\r\x1b[K' : ''}${line} ${String(ms).padStart(6)} ms\n`)
}

function run(script, ...scriptArgs) {
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath, [script, ...scriptArgs], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (status === 0) return
  if (process.stdout.isTTY) process.stdout.write('\n')
  if (signal === 'SIGINT') process.exit(130)
  process.stderr.write(
    `The workspace could not be built (${error?.message ?? signal ?? `exit code ${status}`}):\n`,
  )
  process.stderr.write(`${stdout}${stderr}`)
  process.exit(1)
}
