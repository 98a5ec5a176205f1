import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PluginCategory } from '@ops-center/plugin-sdk/manifest/words'
import { packageJsonFor } from './package-json.js'
import type { PluginAnswers } from './plugin-answers.js'
import { fillTemplate } from './template-value.js'

const TEMPLATES = fileURLToPath(new URL('../../templates/', import.meta.url))
const EXTENSION = '.tmpl'

/** What a backend of each category begins with; the others begin with readings and a threshold. */
const BEGINNINGS: Partial<Record<PluginCategory, string>> = {
  security: 'alerts',
  automation: 'alerts',
  integration: 'forward',
  networking: 'forward',
  development: 'forward',
  analytics: 'report',
  storage: 'report',
  ai: 'report',
}

const SLOTS = `
slots:
  - slot: dashboard
    component: ui/dashboard-widget.ts
`

const REMOTE_RUNTIME = "  runtime: { type: 'remote', url: 'http://localhost:9000' },\n"

/** The files of a new plugin: path -> text. */
export function renderPlugin(answers: PluginAnswers): ReadonlyMap<string, string> {
  const hasUi = answers.type === 'frontend' || answers.type === 'hybrid'
  const values = {
    ...answers,
    slots: hasUi ? SLOTS : '',
    runtimeInCode: answers.type === 'container' ? REMOTE_RUNTIME : '',
    extraLibs: hasUi ? ', "DOM"' : '',
  }
  const files = new Map<string, string>()
  for (const folder of foldersFor(answers)) {
    for (const [path, template] of readTemplates(join(TEMPLATES, folder))) {
      files.set(path, fillTemplate(template, values))
    }
  }
  files.set('package.json', packageJsonFor(answers))
  return files
}

/** Template folders in the order in which later ones replace files of earlier ones. */
function foldersFor({ type, category }: PluginAnswers): string[] {
  switch (type) {
    case 'frontend':
      return ['common', 'widget', 'frontend']
    case 'hybrid':
      return ['common', 'widget', 'metrics']
    case 'container':
      return ['common', 'metrics', 'container']
    case 'backend':
      return ['common', BEGINNINGS[category] ?? 'metrics']
  }
}

/** One after the other: for a dozen small files that is faster than starting threads to read them. */
function readTemplates(folder: string): [path: string, text: string][] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(EXTENSION))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      return [file.slice(folder.length + 1, -EXTENSION.length), readFileSync(file, 'utf8')]
    })
}
