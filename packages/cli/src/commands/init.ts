import { resolve } from 'node:path'
import { ManifestError, pluginIdPattern } from '@ops-center/plugin-sdk/manifest'
import { CliError } from '../cli-error.js'
import { completeAnswers } from '../init/ask-answers.js'
import { checkAnswers, type PluginAnswers } from '../init/plugin-answers.js'
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
  await refuseExisting(folder)
  const answers = checked(await completeAnswers(id, given, yes))
  const files = await renderPlugin(answers)
  await writePlugin(folder, files)
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
  if (isCancel(answer)) throw new CliError('declined', 'Cancelled')
  return answer
}

function checked(answers: Record<keyof PluginAnswers, string>): PluginAnswers {
  try {
    return checkAnswers(answers)
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    const lines = error.issues.map(({ path, message, fix }) => `  --${path}: ${message}. ${fix}`)
    throw new CliError('answers_invalid', ['The plugin cannot be created:', ...lines].join('\n'), {
      cause: error,
    })
  }
}
