import { createPlatformClient, pathSegment } from '../platform/platform-client.js'
import { parsePluginId } from '../platform/plugin-reference.js'
import { remoteAddress } from '../platform/remote-address.js'
import { printJson } from '../terminal/print.js'
import { printInstallation, type VerbOptions } from './change-state.js'

/** `remote <id> [url]`: links a plugin that runs somewhere else at another address, or with another secret. */
export async function remote(
  text: string,
  url: string | undefined,
  { json, ...platform }: VerbOptions,
): Promise<void> {
  const id = parsePluginId(text)
  const address = remoteAddress(url, 'remote')
  const client = createPlatformClient(platform)
  const answer = await client.request('PUT', `/plugins/${pathSegment(id)}/remote`, { json: address })
  if (json) printJson(answer)
  else printInstallation('linked', id, answer)
}
