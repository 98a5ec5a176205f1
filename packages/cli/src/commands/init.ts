import { resolve } from 'node:path'
import { pluginIdPattern } from '@ops-center/plugin-sdk/manifest/words'
import { CliError } from '../cli-error.js'
import { defaultAnswers } from '../init/default-answers.js'
import { type GivenAnswers, type PluginAnswers, plainAnswers } from '../init/plugin-answers.js'
import { renderPlugin } from '../init/render-plugin.js'
import { refuseExisting, writePlugin } from '../init/write-plugin.js'
import { colors } from '../terminal/colors.js'
import { isInteractive } from '../terminal/confirm.js'
import { print } from '../terminal/print.js'

export interface InitOptions extends Partial<Record<Exclude<keyof PluginAnswers, 'id'>, string>> {
  readonly yes?: boolean
}

/** `init <id>`: creates the folder of a new plugin. */
export async function init(givenId: string | undefined, options: InitOptions): Promise<void> {
  const { yes = false, ...given } = options
  const id = givenId ?? (await askId())
  if (!pluginIdPattern.test(id)) {
    throw new CliError('id_invalid', `${JSON.stringify(id)} cannot be the id of a plugin`, {
      fix: 'Use lower-case letters, digits and hyphens, such as weather-monitor',
    })
  }
  const folder = resolve(id)
  refuseExisting(folder)
  const answers = await completeAnswers(id, given, yes)
  const files = renderPlugin(answers)
  writePlugin(folder, files)
  print(`${colors.green('created')} ${id}/`)
  for (const path of [...files.keys()].sort()) print(`  ${path}`)
  print()
  print('Next:')
  print(`  cd ${id}`)
  print('  npm install')
  print('  npm run dev      live, reloads on save')
  print('  npm test')
  print('  npm run build')
}

async function askId(): Promise<string> {
  if (!isInteractive()) {
    throw new CliError('id_missing', 'There is no id for the plugin', {
      fix: 'Name it: ops-center-plugin init weather-monitor',
    })
  }
  const { isCancel, text } = await import('@clack/prompts')
  const answer = await text({
    message: 'Id of the plugin',
    placeholder: 'weather-monitor',
    validate: (value) =>
      pluginIdPattern.test(value ?? '') ? undefined : 'Use lower-case letters, digits and hyphens',
  })
  if (isCancel(answer)) throw new CliError('declined', 'Nothing was created')
  return answer
}

/** Completes what was given, by questions on a terminal, else by defaults; checks all of it. */
async function completeAnswers(
  id: string,
  given: Partial<GivenAnswers>,
  yes: boolean,
): Promise<PluginAnswers> {
  const defaults = await defaultAnswers(id, given)
  const asked =
    yes || !isInteractive() ? {} : await (await import('../init/ask-answers.js')).askAnswers(given, defaults)
  const answers = { ...defaults, ...given, ...asked, id }
  return plainAnswers(answers) ?? (await import('../init/check-answers.js')).checkAnswers(answers)
}
