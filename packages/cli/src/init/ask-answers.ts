import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'
import { inspectManifest, PLUGIN_CATEGORIES, PLUGIN_TYPES } from '@ops-center/plugin-sdk/manifest'
import { CliError } from '../cli-error.js'
import { isInteractive } from '../terminal/confirm.js'
import { nameFromId, type PluginAnswers } from './plugin-answers.js'

type Answers = Record<keyof PluginAnswers, string>

/** Completes what was given: asks for it on a terminal, else takes defaults. */
export async function completeAnswers(id: string, given: Partial<Answers>, yes: boolean): Promise<Answers> {
  const defaults = await defaultAnswers(id, given)
  if (yes || !isInteractive()) return { ...defaults, ...given, id }
  const { cancel, group, select, text } = await import('@clack/prompts')
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
  const answers = await group(
    {
      name: ask('name', 'Name'),
      description: ask('description', 'What does it do?'),
      author: ask('author', 'Author'),
      type: choose('type', 'Type', PLUGIN_TYPES),
      category: choose('category', 'Category', PLUGIN_CATEGORIES),
    },
    {
      onCancel: () => {
        cancel('Nothing was created')
        throw new CliError('declined', 'Cancelled')
      },
    },
  )
  return { ...defaults, ...given, ...answers, id }
}

async function defaultAnswers(id: string, given: Partial<Answers>): Promise<Answers> {
  const name = given.name ?? nameFromId(id)
  return {
    id,
    name,
    description: `${name} for Ops-Center`,
    author: given.author ?? (await gitUser()) ?? userInfo().username,
    type: 'backend',
    category: 'monitoring',
    version: '1.0.0',
    license: 'Apache-2.0',
  }
}

async function gitUser(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['config', 'user.name'], { timeout: 2_000 })
    return stdout.trim() === '' ? undefined : stdout.trim()
  } catch {
    return undefined
  }
}

function problemWith(key: string, value: string): string | undefined {
  return inspectManifest({ [key]: value }).issues.find(({ path }) => path === key)?.message
}
