import { tmpdir } from 'node:os'
import { afterEach } from 'vitest'
import { type FakePlatform, type FakeRoutes, startFakePlatform } from '../fake-platform.js'
import { runCli } from '../run-cli.js'

let platform: FakePlatform | undefined

async function close(): Promise<void> {
  await platform?.close()
  platform = undefined
}
afterEach(close)

/** Starts a platform that answers as told, in the place of the one before. */
export async function startPlatform(routes: FakeRoutes): Promise<FakePlatform> {
  await close()
  platform = await startFakePlatform(routes)
  return platform
}

/** Runs a command against a platform that answers as told. */
export async function call(routes: FakeRoutes, ...args: string[]) {
  const { env } = await startPlatform(routes)
  return runCli(args, { cwd: tmpdir(), env })
}

/** What the platform was asked. */
export function requests(): FakePlatform['requests'] {
  return platform?.requests ?? []
}

/** Method, path and body of what the platform was asked. */
export function sent(): [string, unknown][] {
  return requests().map(({ method, path, body }) => [
    `${method} ${path}`,
    body.length === 0 ? undefined : JSON.parse(body.toString()),
  ])
}

/** The answer that shows an installation. */
export function installation(state: string, more = {}) {
  return { json: { plugin_id: 'weather', version: '1.0.0', state, ...more } }
}
