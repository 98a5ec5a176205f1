import { group, select, text } from '@clack/prompts'
import { inspectManifest, PLUGIN_CATEGORIES, PLUGIN_TYPES } from '@ops-center/plugin-sdk/manifest'
import { CliError } from '../cli-error.js'
import type { GivenAnswers } from './plugin-answers.js'

/** Asks on a terminal for what was not given. */
export async function askAnswers(
  given: Partial<GivenAnswers>,
  defaults: GivenAnswers,
): Promise<Partial<GivenAnswers>> {
  const ask = (key: 'name' | 'description' | 'author', message: string) => () =>
    given[key] === undefined
      ? text({ message, initialValue: defaults[key], validate: (value) => problemWith(key, value ?? '') })
      : Promise.resolve(given[key])
  const choose = (key: 'type' | 'category', message: string, names: readonly string[]) => () =>
    given[key] === undefined
      ? select({
          message,
          initialValue: defaults[key],
          options: names.map((value) => ({ value, label: value })),
        })
      : Promise.resolve(given[key])
  return group(
    {
      name: ask('name', 'Name'),
      description: ask('description', 'What does it do?'),
      author: ask('author', 'Author'),
      type: choose('type', 'Type', PLUGIN_TYPES),
      category: choose('category', 'Category', PLUGIN_CATEGORIES),
    },
    {
      onCancel: () => {
        throw new CliError('declined', 'Nothing was created')
      },
    },
  )
}

function problemWith(key: string, value: string): string | undefined {
  return inspectManifest({ [key]: value }).issues.find(({ path }) => path === key)?.message
}
