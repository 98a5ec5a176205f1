import type { ManifestTask } from '@ops-center/plugin-sdk/manifest'
import type { Document } from 'yaml'
import { addEntry, entriesOf, removeEntry, textAt } from './manifest-list.js'

/** Makes `tasks` list exactly the tasks of the code. */
export function fixTasks(document: Document, code: readonly Pick<ManifestTask, 'name' | 'cron'>[]): string[] {
  const changes: string[] = []
  const left = new Map(code.map((task) => [task.name, task]))
  for (const entry of entriesOf(document, 'tasks')) {
    const name = textAt(entry, 'name') ?? ''
    const real = left.get(name)
    left.delete(name)
    if (real === undefined) {
      removeEntry(document, 'tasks', entry)
      changes.push(`removed the task ${name}: the code does not register it`)
    } else if (real.cron !== undefined && textAt(entry, 'cron') !== real.cron && entry.has('cron')) {
      entry.set('cron', real.cron)
      changes.push(`wrote cron "${real.cron}" for the task ${name}`)
    }
  }
  for (const { name, cron } of left.values()) {
    addEntry(document, 'tasks', { name, ...(cron === undefined ? {} : { cron }) })
    changes.push(`added the task ${name}`)
  }
  return changes
}
