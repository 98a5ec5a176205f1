import { text as readAll } from 'node:stream/consumers'
import { CliError } from '../cli-error.js'
import { credentialsFile, removeCredentials, writeCredentials } from '../platform/credentials.js'
import { RefusalError } from '../platform/explain-refusal.js'
import { createPlatformClient } from '../platform/platform-client.js'
import type { PlatformOptions } from '../platform/platform-options.js'
import { parsePlatformUrl, requireKey } from '../platform/resolve-platform.js'
import { colors } from '../terminal/colors.js'
import { isInteractive } from '../terminal/confirm.js'
import { print } from '../terminal/print.js'

const DEFAULT_URL = 'http://localhost:8000'

/** `login`: tries address and key, then keeps them. */
export async function login({ apiUrl, apiKey }: PlatformOptions): Promise<void> {
  const url = parsePlatformUrl(apiUrl ?? (isInteractive() ? await askUrl() : DEFAULT_URL))
  const key = requireKey(apiKey ?? (isInteractive() ? await askKey(url) : await readKey()))
  const client = createPlatformClient({ apiUrl: url, apiKey: key })
  const mayPublish = await client.request('GET', '/plugins/installed').then(
    () => true,
    (error: unknown) => {
      // A key that may not do this is a key all the same.
      if (error instanceof RefusalError && error.status === 403) return false
      throw error
    },
  )
  const file = await writeCredentials({ url, key })
  print(`${colors.green('logged in')} at ${url}`)
  print(`  kept in  ${file}`)
  if (!mayPublish)
    print(`  ${colors.yellow('note')}     this key may not see installed plugins (plugins:read)`)
}

/** `logout`: forgets them. The key stays valid until it is deleted on the platform. */
export async function logout(): Promise<void> {
  const file = credentialsFile()
  print(
    (await removeCredentials()) ? `${colors.green('logged out')}, removed ${file}` : 'You were not logged in',
  )
}

async function askUrl(): Promise<string> {
  const { isCancel, text } = await import('@clack/prompts')
  const answer = await text({ message: 'Address of Ops-Center', initialValue: DEFAULT_URL })
  return isCancel(answer) ? cancelled() : answer
}

async function askKey(url: string): Promise<string> {
  const { isCancel, password } = await import('@clack/prompts')
  const answer = await password({ message: `Key for ${url}` })
  return isCancel(answer) ? cancelled() : answer
}

/** `login < key.txt`: a key on the command line would be seen by every process of this machine. */
async function readKey(): Promise<string> {
  return process.stdin.isTTY ? '' : await readAll(process.stdin)
}

function cancelled(): never {
  throw new CliError('declined', 'Nothing was kept')
}
