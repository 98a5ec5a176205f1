import { asFields, textOf } from '../platform/answer.js'
import { createPlatformClient, pathSegment } from '../platform/platform-client.js'
import type { PlatformOptions } from '../platform/platform-options.js'
import { colors } from '../terminal/colors.js'
import { print, printJson, withoutControls } from '../terminal/print.js'

export interface VerbOptions extends PlatformOptions {
  readonly json?: boolean
}

/** Asks the platform to do something with an installation and prints how it stands afterwards. */
export async function changeState(
  verb: 'enable' | 'disable' | 'uninstall',
  done: string,
  id: string,
  { json = false, ...platform }: VerbOptions,
  body: Record<string, unknown> = {},
): Promise<void> {
  const client = createPlatformClient(platform)
  const answer = await client.request('POST', `/plugins/${pathSegment(id)}/${verb}`, { json: body })
  if (json) printJson(answer)
  else printInstallation(done, id, answer)
}

/** `enabled weather-monitor 1.0.0`, with the reason where something is wrong. */
export function printInstallation(done: string, id: string, answer: unknown): void {
  const fields = asFields(answer)
  const version = textOf(fields, 'version')
  const reason = textOf(fields, 'reason')
  print(`${colors.green(done)} ${id}${version === '' ? '' : ` ${withoutControls(version)}`}`)
  if (reason !== '') print(`  ${colors.yellow('note')} ${withoutControls(reason)}`)
}
